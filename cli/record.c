/*
 * Records as people name them and see them: an id or beginnings of words of a name on the way in, "PER-7K3MQ2V
 * Idris al-Haddad" on the way out. Used by every command that takes or shows a record.
 */
#include <string.h>

#include "valise/cbor.h"

#include "cli.h"

#define TITLE_MAX 4096
#define CANDIDATES_MAX 40
#define ID_SYMBOLS     7 /* after the hyphen */

/* ---- finding ---- */

struct candidates {
    struct cli *c;
    struct table t;
    uint8_t id[CANDIDATES_MAX][VLS_ID_LEN];
    size_t n;
};

static enum vls_code
candidate_add(void *ctx, const struct vls_record *r, struct vls_error *err)
{
    struct candidates *list = ctx;
    struct vls_buf title;
    char no[8];

    (void)err;
    if (list->n == CANDIDATES_MAX)
        return VLS_OK;
    vls_buf_init(&title, TITLE_MAX);
    snprintf(no, sizeof(no), "%zu", list->n + 1);
    table_row(&list->t, list->c->ask ? no : "", r->ref, record_title(list->c, &title, r));
    memcpy(list->id[list->n++], r->id, VLS_ID_LEN);
    vls_buf_clear(&title);
    return VLS_OK;
}

/* Several: a person may pick by number, a script gets the list and exit 3. */
static enum vls_code
candidate_pick(struct candidates *list, uint8_t out[VLS_ID_LEN], struct vls_error *err)
{
    struct cli *c = list->c;
    char line[PROMPT_LINE_MAX];
    enum vls_code rc;
    char *end;
    unsigned long no;

    table_note(c, &list->t);
    if (!c->ask || list->n == 0)
        return VLS_EAMBIGUOUS;
    if ((rc = prompt_line(c, line, _("Which one? Number:"), _("an id"), err)) != VLS_OK)
        return rc;
    no = strtoul(line, &end, 10);
    if (*end != '\0' || no < 1 || no > list->n)
        return cli_fail(c, err, VLS_ECANCELLED, _("none was chosen"));
    memcpy(out, list->id[no - 1], VLS_ID_LEN);
    return VLS_OK;
}

/* What begins as the ids of a kind do: that kind; rest receives what follows the three letters. NULL: nothing does. */
static const struct vls_kind *
kind_of_id(const char *words, const char **rest)
{
    char prefix[4] = "";
    size_t i;

    for (i = 0; i < 3 && words[i] != '\0'; i++)
        prefix[i] = words[i] >= 'a' && words[i] <= 'z' ? (char)(words[i] - 'a' + 'A') : words[i];
    *rest = words + i;
    return i == 3 ? vls_kind_by_prefix(prefix) : NULL;
}

/* "PER7K3MQ2V" with the hyphen that it lacks; false where it is no id that lacks one. A name that looks like one would
 * have to have the check character too. */
static bool
with_hyphen(char out[VLS_REF_TEXT], const char *words)
{
    const char *rest;
    char prefix[4];
    uint32_t bits;

    if (kind_of_id(words, &rest) == NULL || strlen(rest) != ID_SYMBOLS)
        return false;
    snprintf(out, VLS_REF_TEXT, "%.3s-%s", words, rest);
    return vls_ref_parse(prefix, &bits, out, NULL) == VLS_OK;
}

/* What may be wrong with an id that found nothing. */
static void
id_advise(struct cli *c, const struct vls_kind *kind, const char *words)
{
    const char *rest,
        *verb = c->args.cmd->noun != NULL && strcmp(c->args.cmd->noun, "KIND") == 0 ? c->args.cmd->verb : "show";
    const struct vls_kind *of = kind_of_id(words, &rest);
    char prefix[4];
    uint32_t bits;

    if (of == NULL || rest[0] != '-')
        return;
    if (vls_ref_parse(prefix, &bits, words, NULL) == VLS_ENOTFOUND)
        cli_advise(c, _("An id has seven characters after the hyphen, as in %s-4Q9DM7H."), of->prefix);
    else if (kind != NULL && of != kind)
        cli_advise(c, _("%s is the id of a “%s”:  valise %s %s %s"), words, of->name, of->name, verb, words);
}

enum vls_code
record_find(struct cli *c, const struct vls_kind *kind, const char *words, uint8_t out[VLS_ID_LEN],
            struct vls_error *err)
{
    struct candidates list = {.c = c};
    char hyphen[VLS_REF_TEXT];
    enum vls_code rc;

    table_init(&list.t, 3, 2, 2);
    rc = vls_store_find(cli_store(c), kind != NULL ? kind->no : 0, words, out, candidate_add, &list, err);
    if (rc == VLS_ENOTFOUND && with_hyphen(hyphen, words)) {
        words = hyphen;
        rc = vls_store_find(cli_store(c), kind != NULL ? kind->no : 0, words, out, candidate_add, &list, err);
    }
    if (rc == VLS_EAMBIGUOUS) {
        cli_fail(c, err, VLS_EAMBIGUOUS, _("“%.60s” fits %zu records; write an id or more of the name"), words,
                 list.n);
        rc = candidate_pick(&list, out, err);
    } else if (rc == VLS_ENOTFOUND) {
        id_advise(c, kind, words);
        cli_fail(c, err, rc, _("no %s fits “%.60s”"), kind != NULL ? kind->name : _("record"), words);
    } else if (rc == VLS_EVALUE && err != NULL) {
        rc = err->code = VLS_ENOTFOUND; /* mistyped: to who typed it there is no such record, exit 3 */
    }
    table_clear(&list.t);
    return rc;
}

static enum vls_code
find_ref(void *ctx, uint16_t ref_kind, const char *words, uint8_t out[VLS_ID_LEN], struct vls_error *err)
{
    return record_find(ctx, ref_kind != 0 ? vls_kind_by_no(ref_kind) : NULL, words, out, err);
}

struct vls_value_ctx
value_ctx(struct cli *c)
{
    return (struct vls_value_ctx){.now_unix = c->now, .tz_offset_min = 0, .find_ref = find_ref, .ctx = c};
}

/* ---- showing ---- */

static const uint8_t *
value_ref(const struct vls_field *field, struct vls_slice value)
{
    struct vls_cbor c = vls_cbor_of(value);

    return field != NULL && field->type == VLS_T_REF && vls_value_ok(field, value) ? vls_cbor_fixed(&c, VLS_ID_LEN)
                                                                                   : NULL;
}

const char *
record_title(struct cli *c, struct vls_buf *buf, const struct vls_record *r)
{
    const char *text;

    vls_record_title(buf, cli_store(c), r, c->lang);
    text = vls_buf_str(buf);
    return text != NULL ? text : "";
}

const char *
title_by_id(struct cli *c, struct vls_buf *buf, const uint8_t id[VLS_ID_LEN])
{
    struct vls_record *r;
    const char *text = "";

    vls_buf_reset(buf);
    if (vls_store_record(cli_store(c), id, VLS_LOAD_LIVE, &r, NULL) == VLS_OK) {
        text = record_title(c, buf, r);
        vls_record_free(r);
    }
    return text;
}

void
record_ref_title(struct cli *c, struct vls_buf *out, const struct vls_record *r, const char *field)
{
    const struct vls_field *f = vls_field_by_name(r->kind, field);
    const uint8_t *id = value_ref(f, vls_record_value(r, field));
    struct vls_buf title;

    if (id == NULL)
        return;
    vls_buf_init(&title, TITLE_MAX);
    vls_buf_printf(out, "%s", title_by_id(c, &title, id));
    vls_buf_clear(&title);
}

void
record_ref(struct cli *c, char out[VLS_REF_TEXT], const uint8_t id[VLS_ID_LEN])
{
    struct vls_record *r;

    if (vls_store_record(cli_store(c), id, VLS_LOAD_LIVE, &r, NULL) == VLS_OK) {
        snprintf(out, VLS_REF_TEXT, "%s", r->ref);
        vls_record_free(r);
    } else {
        vls_ref_print(out, "", id);
    }
}

static const char *
text_or_empty(struct vls_buf *buf)
{
    const char *text = vls_buf_str(buf);

    return text != NULL ? text : "";
}

const char *
value_text(struct cli *c, struct vls_buf *buf, const struct vls_field *field, struct vls_slice value)
{
    const uint8_t *id = value_ref(field, value);
    struct vls_record *r;

    vls_buf_reset(buf);
    if (id != NULL && vls_store_record(cli_store(c), id, VLS_LOAD_LIVE, &r, NULL) == VLS_OK) {
        vls_buf_printf(buf, "%s  ", r->ref);
        record_title(c, buf, r);
        vls_record_free(r);
    } else if (id != NULL && field->ref_kind == 0) { /* of any kind: not even its prefix is known */
        vls_buf_printf(buf, "%s", _("a record that is not read here"));
    } else if (vls_value_emptied(value)) {
        vls_buf_printf(buf, "—");
    } else {
        vls_value_print(buf, field, value, c->lang);
    }
    return text_or_empty(buf);
}

const char *
value_plain(struct cli *c, struct vls_buf *buf, const struct vls_field *field, struct vls_slice value)
{
    const uint8_t *id = value_ref(field, value);
    char ref[VLS_REF_TEXT];

    vls_buf_reset(buf);
    if (id != NULL) {
        record_ref(c, ref, id);
        vls_buf_printf(buf, "%s", ref);
    } else {
        vls_value_plain(buf, field, value);
    }
    return text_or_empty(buf);
}

bool
value_is(struct vls_slice value, const char *word)
{
    struct vls_cbor c = vls_cbor_of(value);

    return value.n > 0 && vls_slice_eq(vls_cbor_text(&c), vls_slice_str(word)) && vls_cbor_done(&c);
}
