/*
 * Questions to a person. They go to stderr and are answered on the terminal; nothing is asked when
 * standard input is none, or with --no-input. Choices are numbers, the same in every language.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "watch.h"

/* read(2) rather than stdio: an interrupt must end the wait, and nothing may stay in a buffer. */
static enum vls_code
read_line(char line[PROMPT_LINE_MAX], struct vls_error *err)
{
    size_t n = 0;

    for (;;) {
        char ch;
        ssize_t got = read(STDIN_FILENO, &ch, 1);

        if (got < 0 && errno == EINTR && !cli_interrupted())
            continue;
        if (got < 0 && cli_interrupted())
            return VLS_FAIL(err, VLS_EINTERRUPT, "interrupted");
        if (got < 0)
            return VLS_FAIL_SYS(err, VLS_EIO, errno, "reading the answer");
        if (got == 0 && n == 0)
            return VLS_FAIL(err, VLS_ECANCELLED, _("no answer"));
        if (got == 0 || ch == '\n')
            break;
        if (n + 1 < PROMPT_LINE_MAX)
            line[n++] = ch;
    }
    line[n] = '\0';
    return VLS_OK;
}

static void
trim(char *line)
{
    size_t from = strspn(line, " \t\r"), n = strlen(line);

    while (n > from && strchr(" \t\r", line[n - 1]) != NULL)
        n--;
    memmove(line, line + from, n - from);
    line[n - from] = '\0';
}

enum vls_code
prompt_line(struct cli *c, char line[PROMPT_LINE_MAX], const char *question, const char *instead,
            struct vls_error *err)
{
    enum vls_code rc;

    line[0] = '\0';
    if (!c->ask)
        return cli_fail(c, err, VLS_EUSAGE, _("this needs an answer, and nobody can be asked here; give %s"), instead);
    out_flush(c);
    fprintf(stderr, "%s ", question);
    fflush(stderr);
    watch_person(true);
    rc = read_line(line, err);
    watch_person(false);
    if (rc == VLS_OK)
        trim(line);
    else
        fputc('\n', stderr);
    return rc;
}

/* o for French "oui", always along with y. */
static bool
means_yes(const struct cli *c, const char *line)
{
    char ch = (char)tolower((unsigned char)line[0]);

    return ch == 'y' || (ch == 'o' && strcmp(c->lang, "fr") == 0);
}

enum vls_code
prompt_yes(struct cli *c, const char *question, struct vls_error *err)
{
    char line[PROMPT_LINE_MAX], asked[PROMPT_LINE_MAX];
    enum vls_code rc;

    if (c->yes)
        return VLS_OK;
    snprintf(asked, sizeof(asked), "%s %s", question, _("[y/N]"));
    if ((rc = prompt_line(c, line, asked, "--yes", err)) != VLS_OK)
        return rc;
    return means_yes(c, line) ? VLS_OK : cli_fail(c, err, VLS_ECANCELLED, _("nothing was changed"));
}

enum vls_code
prompt_choice(struct cli *c, char *answer, const char *question, int n, const char *letters, struct vls_error *err)
{
    char line[PROMPT_LINE_MAX];
    enum vls_code rc;

    for (;;) {
        if ((rc = prompt_line(c, line, question, _("the choice as an option"), err)) != VLS_OK)
            return rc;
        if (line[0] != '\0' && line[1] == '\0' &&
            ((line[0] >= '1' && line[0] < '1' + n) || strchr(letters, line[0]) != NULL)) {
            *answer = line[0];
            return VLS_OK;
        }
        note(c, _("Please type a number from 1 to %d."), n);
    }
}

enum vls_code
prompt_menu(struct cli *c, char *answer, const struct menu *menu, bool *quit, struct vls_error *err)
{
    enum vls_code rc;

    for (;;) {
        if (menu->apart)
            out_line(c, "%s", "");
        out_line(c, "%s", menu->line);
        if ((rc = prompt_choice(c, answer, _("Choice:"), menu->n, "q?", err)) != VLS_OK)
            return rc;
        if (*answer != '?')
            break;
        menu->help(c);
    }
    *quit = *answer == 'q';
    if (*quit || *answer == '0' + menu->n)
        *answer = MENU_LATER;
    return VLS_OK;
}
