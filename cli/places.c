/*
 * Where things are: the XDG folders, or everything below one with --home or VALISE_HOME. Nothing is
 * created here; the engine makes its folders when there is something to keep.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "places.h"

static enum vls_code
text_set(char **out, const char *base, const char *below, struct vls_error *err)
{
    free(*out);
    if (asprintf(out, "%s/%s", base, below) >= 0)
        return VLS_OK;
    *out = NULL;
    return VLS_FAIL(err, VLS_ENOMEM, "folder names");
}

/* $XDG_…/valise or $HOME/preset/valise; a relative XDG folder is to be ignored (its specification). */
static enum vls_code
xdg(char **out, const char *variable, const char *preset, struct vls_error *err)
{
    const char *base = getenv(variable), *home = getenv("HOME");
    char *below;
    enum vls_code rc;

    if (base != NULL && base[0] == '/')
        return text_set(out, base, "valise", err);
    if (home == NULL || home[0] != '/')
        return VLS_FAIL(err, VLS_EUSAGE, _("HOME is not set; say where the valise is with --home DIR"));
    if (asprintf(&below, "%s/valise", preset) < 0)
        return VLS_FAIL(err, VLS_ENOMEM, "folder names");
    rc = text_set(out, home, below, err);
    free(below);
    return rc;
}

/* VALISE_COURIER is for tests; else beside the program, where the engine looks by itself. */
static enum vls_code
courier_place(struct cli *c, struct vls_error *err)
{
    const char *courier = getenv("VALISE_COURIER");

    if (courier == NULL || courier[0] == '\0')
        return VLS_OK;
    if ((c->place_text[2] = strdup(courier)) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "folder names");
    return VLS_OK;
}

enum vls_code
places_find(struct cli *c, struct vls_error *err)
{
    const char *home = args_value(&c->args, "home");
    enum vls_code rc;

    if (home == NULL)
        home = getenv("VALISE_HOME");
    if (home != NULL && home[0] != '\0') {
        if ((rc = text_set(&c->place_text[0], home, "data", err)) != VLS_OK ||
            (rc = text_set(&c->place_text[1], home, "state", err)) != VLS_OK)
            return rc;
    } else if ((rc = xdg(&c->place_text[0], "XDG_DATA_HOME", ".local/share", err)) != VLS_OK ||
               (rc = xdg(&c->place_text[1], "XDG_STATE_HOME", ".local/state", err)) != VLS_OK) {
        return rc;
    }
    if ((rc = courier_place(c, err)) != VLS_OK)
        return rc;
    c->places = (struct vls_places){
        .data = c->place_text[0], .state = c->place_text[1], .courier = c->place_text[2], .batch = c->no_input};
    return VLS_OK;
}

void
places_clear(struct cli *c)
{
    size_t i;

    for (i = 0; i < sizeof(c->place_text) / sizeof(c->place_text[0]); i++) {
        free(c->place_text[i]);
        c->place_text[i] = NULL;
    }
}
