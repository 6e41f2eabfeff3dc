/*
 * completion: scripts for bash, zsh and fish, printed from the one table, so that a new command or
 * field is completed without a line here. They are static words: nothing is asked, nothing unlocked.
 */
#include <string.h>

#include "cli.h"

#define SCRIPT_MAX (4u << 20)

/* Called for every command; noun NULL for single verbs, kind set for the commands of record kinds. */
typedef void each_fn(struct vls_buf *out, const char *noun, const struct cmd *cmd, const struct vls_kind *kind);

static void
each_command(struct vls_buf *out, each_fn *fn)
{
    size_t i, k, n;
    const struct vls_kind *kinds = vls_kinds(&n);

    for (i = 0; i < cmd_table_n; i++) {
        if (cmd_table[i].noun == NULL || strcmp(cmd_table[i].noun, "KIND") != 0) {
            fn(out, cmd_table[i].noun, &cmd_table[i], NULL);
            continue;
        }
        for (k = 0; k < n; k++)
            fn(out, kinds[k].name, &cmd_table[i], &kinds[k]);
    }
}

static void
each_noun(struct vls_buf *out, void (*fn)(struct vls_buf *out, const char *noun))
{
    size_t i, k, n;
    const struct vls_kind *kinds = vls_kinds(&n);

    for (k = 0; k < n; k++)
        fn(out, kinds[k].name);
    for (i = 0; i < cmd_table_n; i++) {
        const char *noun = cmd_table[i].noun, *before = i > 0 ? cmd_table[i - 1].noun : NULL;

        if (noun != NULL && strcmp(noun, "KIND") != 0 && (before == NULL || strcmp(before, noun) != 0))
            fn(out, noun);
    }
}

static void
each_option(struct vls_buf *out, const struct cmd *cmd, const struct vls_kind *kind,
            void (*fn)(struct vls_buf *out, const struct opt *o))
{
    struct opt_list list = {.n = 0};
    const struct opt *o;
    size_t i;

    for (o = cmd->opts; o != NULL && o->name != NULL; o++)
        opts_grow(&list, o);
    if (cmd->more != NULL && kind != NULL)
        cmd->more(&list, kind);
    for (i = 0; i < list.n; i++)
        fn(out, &list.v[i]);
    free(list.v);
}

/* ---- bash and zsh: one function of words that both understand ---- */

static void
put_option(struct vls_buf *out, const struct opt *o)
{
    vls_buf_printf(out, " --%s", o->name);
}

static void
put_word(struct vls_buf *out, const char *word)
{
    vls_buf_printf(out, " %s", word);
}

static void
put_single(struct vls_buf *out, const char *noun, const struct cmd *cmd, const struct vls_kind *kind)
{
    (void)kind;
    if (noun == NULL)
        put_word(out, cmd->verb);
}

static void
put_verbs(struct vls_buf *out, const char *noun)
{
    bool kind = vls_kind_by_name(noun) != NULL;
    size_t i;

    for (i = 0; i < cmd_table_n; i++) {
        const char *of = cmd_table[i].noun;

        if (of != NULL && (strcmp(of, noun) == 0 || (kind && strcmp(of, "KIND") == 0)))
            put_word(out, cmd_table[i].verb);
    }
}

static void
put_noun_case(struct vls_buf *out, const char *noun)
{
    vls_buf_printf(out, "    %s) verbs=\"", noun);
    put_verbs(out, noun);
    vls_buf_printf(out, "\" ;;\n");
}

static void
put_option_case(struct vls_buf *out, const char *noun, const struct cmd *cmd, const struct vls_kind *kind)
{
    size_t before;

    vls_buf_printf(out, "    \"%s%s%s\") opts=\"", noun != NULL ? noun : "", noun != NULL ? " " : "", cmd->verb);
    before = out->n;
    each_option(out, cmd, kind, put_option);
    if (out->n == before)
        vls_buf_printf(out, " ");
    vls_buf_printf(out, "\" ;;\n");
}

static void
put_words_function(struct vls_buf *out)
{
    const struct opt *o;

    vls_buf_printf(out, "# _valise_words FIRST SECOND sets what may follow: first, verbs, opts\n"
                        "_valise_words() {\n"
                        "    local key=\"$1\"\n"
                        "    first=\"");
    each_command(out, put_single);
    each_noun(out, put_word);
    vls_buf_printf(out, "\"\n    verbs=\"\" opts=\"\"\n    case \"$1\" in\n");
    each_noun(out, put_noun_case);
    vls_buf_printf(out, "    esac\n    if [ -n \"$verbs\" ]; then key=\"$1 $2\"; fi\n    case \"$key\" in\n");
    each_command(out, put_option_case);
    vls_buf_printf(out, "    esac\n    opts=\"$opts");
    for (o = opt_globals; o->name != NULL; o++)
        put_option(out, o);
    vls_buf_printf(out, "\"\n}\n");
}

static void
put_bash(struct vls_buf *out)
{
    put_words_function(out);
    vls_buf_printf(out, "%s",
                   "_valise() {\n"
                   "    local cur=\"${COMP_WORDS[COMP_CWORD]}\" one=\"\" two=\"\" first verbs opts i\n"
                   "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                   "        case \"${COMP_WORDS[i]}\" in\n"
                   "        -*) ;;\n"
                   "        *) if [ -z \"$one\" ]; then one=\"${COMP_WORDS[i]}\"\n"
                   "           elif [ -z \"$two\" ]; then two=\"${COMP_WORDS[i]}\"; fi ;;\n"
                   "        esac\n"
                   "    done\n"
                   "    _valise_words \"$one\" \"$two\"\n"
                   "    case \"$cur\" in\n"
                   "    -*) COMPREPLY=($(compgen -W \"$opts\" -- \"$cur\")) ;;\n"
                   "    *) if [ -z \"$one\" ]; then COMPREPLY=($(compgen -W \"$first\" -- \"$cur\"))\n"
                   "       elif [ -n \"$verbs\" ] && [ -z \"$two\" ]; then\n"
                   "           COMPREPLY=($(compgen -W \"$verbs\" -- \"$cur\"))\n"
                   "       else COMPREPLY=($(compgen -f -- \"$cur\")); fi ;;\n"
                   "    esac\n"
                   "}\n"
                   "complete -F _valise valise\n");
}

static void
put_zsh(struct vls_buf *out)
{
    vls_buf_printf(out, "#compdef valise\n");
    put_words_function(out);
    vls_buf_printf(out, "%s",
                   "_valise() {\n"
                   "    local cur=\"${words[CURRENT]}\" one=\"\" two=\"\" first verbs opts word\n"
                   "    for word in \"${(@)words[2,CURRENT-1]}\"; do\n"
                   "        case \"$word\" in\n"
                   "        -*) ;;\n"
                   "        *) if [ -z \"$one\" ]; then one=\"$word\"\n"
                   "           elif [ -z \"$two\" ]; then two=\"$word\"; fi ;;\n"
                   "        esac\n"
                   "    done\n"
                   "    _valise_words \"$one\" \"$two\"\n"
                   "    case \"$cur\" in\n"
                   "    -*) compadd -- ${=opts} ;;\n"
                   "    *) if [ -z \"$one\" ]; then compadd -- ${=first}\n"
                   "       elif [ -n \"$verbs\" ] && [ -z \"$two\" ]; then compadd -- ${=verbs}\n"
                   "       else _files; fi ;;\n"
                   "    esac\n"
                   "}\n"
                   "compdef _valise valise\n");
}

/* ---- fish ---- */

static void
put_fish_option(struct vls_buf *out, const struct opt *o)
{
    vls_buf_printf(out, " -l %s%s", o->name, o->arg != NULL ? " -r" : "");
}

static void
put_fish_condition(struct vls_buf *out, const char *noun, const char *verb)
{
    if (noun != NULL)
        vls_buf_printf(out, "__fish_seen_subcommand_from %s; and ", noun);
    vls_buf_printf(out, "__fish_seen_subcommand_from %s", verb);
}

static void
put_fish_command(struct vls_buf *out, const char *noun, const struct cmd *cmd, const struct vls_kind *kind)
{
    if (noun == NULL)
        vls_buf_printf(out, "complete -c valise -f -n __fish_use_subcommand -a %s -d \"%s\"\n", cmd->verb,
                       _(cmd->summary));
    if (cmd->opts == NULL && cmd->more == NULL)
        return;
    vls_buf_printf(out, "complete -c valise -n '");
    put_fish_condition(out, noun, cmd->verb);
    vls_buf_printf(out, "' -a '");
    each_option(out, cmd, kind, put_option);
    vls_buf_printf(out, "'\n");
}

static void
put_fish_noun(struct vls_buf *out, const char *noun)
{
    struct vls_buf verbs;

    vls_buf_init(&verbs, 4096);
    put_verbs(&verbs, noun);
    vls_buf_printf(out, "complete -c valise -f -n __fish_use_subcommand -a %s\n", noun);
    vls_buf_printf(out,
                   "complete -c valise -f -n '__fish_seen_subcommand_from %s; and not __fish_seen_subcommand_from%s' "
                   "-a '%s'\n",
                   noun, vls_buf_str(&verbs), vls_buf_str(&verbs) + 1);
    vls_buf_clear(&verbs);
}

static void
put_fish(struct vls_buf *out)
{
    const struct opt *o;

    each_noun(out, put_fish_noun);
    each_command(out, put_fish_command);
    for (o = opt_globals; o->name != NULL; o++) {
        vls_buf_printf(out, "complete -c valise");
        put_fish_option(out, o);
        vls_buf_printf(out, "\n");
    }
}

enum vls_code
cmd_completion(struct cli *c, struct vls_error *err)
{
    static const struct {
        const char *shell;
        void (*put)(struct vls_buf *out);
    } shells[] = {{"bash", put_bash}, {"zsh", put_zsh}, {"fish", put_fish}};
    struct vls_buf script;
    enum vls_code rc;
    size_t i;

    for (i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
        if (strcmp(c->args.pos[0], shells[i].shell) != 0)
            continue;
        vls_buf_init(&script, SCRIPT_MAX);
        shells[i].put(&script);
        if ((rc = vls_buf_ok(&script, err)) == VLS_OK)
            out_raw(c, vls_buf_str(&script));
        vls_buf_clear(&script);
        return rc;
    }
    return cli_fail(c, err, VLS_EUSAGE, _("a completion script is there for bash, zsh and fish"));
}
