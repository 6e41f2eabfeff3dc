/*
 * The one table: every command with its words, arguments, options, summary and example. Parsing, help,
 * completion and the tests read it; the manual page is held against it by a test.
 */
#include <string.h>

#include "cli.h"
#include "kindopts.h"

#define ANY SIZE_MAX

const struct opt opt_globals[] = {
    {"home", 0, N_("DIR"), N_("keep everything below DIR (VALISE_HOME)"), NULL},
    {"json", 0, NULL, N_("one JSON document on standard output"), NULL},
    {"plain", 0, NULL, N_("rows separated by tabs, for programs"), NULL},
    {"quiet", 'q', NULL, N_("print ids alone, no messages"), NULL},
    {"verbose", 'v', NULL, N_("say more"), NULL},
    {"dry-run", 'n', NULL, N_("show what would be done, change nothing"), NULL},
    {"yes", 'y', NULL, N_("answer yes to questions"), NULL},
    {"no-input", 0, NULL, N_("never ask"), NULL},
    {"no-pager", 0, NULL, N_("never page"), NULL},
    {"color", 0, N_("WHEN"), N_("auto, always or never"), NULL},
    {"lang", 0, N_("LANG"), N_("en or fr"), NULL},
    {"passphrase-file", 0, N_("FILE"), N_("read the passphrase from FILE"), NULL},
    {"passphrase-command", 0, N_("COMMAND"), N_("read the passphrase from what COMMAND prints"), NULL},
    {"passphrase-fd", 0, N_("N"), N_("read the passphrase from descriptor N"), NULL},
    {"help", 'h', NULL, N_("show help"), NULL},
    {"version", 0, NULL, N_("show the version"), NULL},
    {0},
};

/* ---- options of single commands ---- */

static const struct opt opts_member[] = {
    {"delegation", 0, N_("NAME"), N_("the delegation you belong to"), NULL},
    {"post", 0, N_("PLACE"), N_("the post where this laptop works"), NULL},
    {0},
};
static const struct opt opts_join[] = {
    {"delegation", 0, N_("NAME"), N_("the delegation you belong to"), NULL},
    {"post", 0, N_("PLACE"), N_("the post where this laptop works"), NULL},
    {"remote", 0, N_("NAME"), N_("what to call the remote; “stick” unless said, “host” when it is reached over a network"), NULL},
    {0},
};
static const struct opt opts_admit[] = {
    {"safety-number", 0, N_("DIGITS"), N_("the 30 digits that the newcomer reads out"), NULL},
    {"share-history", 0, NULL, N_("let them read what is recorded so far; also for a member, later"), NULL},
    {"from-now", 0, NULL, N_("let them read from now on only; without either it is asked"), NULL},
    {"refuse", 0, NULL, N_("forget the request on this laptop instead"), NULL},
    {0},
};
static const struct opt opts_sync[] = {
    {"to-file", 0, N_("FILE"), N_("write what colleagues may lack to FILE, for mail or a stick"), NULL},
    {"all", 0, NULL, N_("with --to-file: everything, not only what nobody has confirmed"), NULL},
    {"from-file", 0, N_("FILE"), N_("take in a file that a colleague wrote so"), NULL},
    {0},
};
static const struct opt opts_unlock[] = {
    {"for", 0, N_("TIME"), N_("how long: 15m, 1h, 8h; at most 24h"), NULL},
    {0},
};
static const struct opt opts_shell[] = {
    {"idle", 0, N_("MINUTES"), N_("lock when nothing is typed for so long; 5 unless said, at most 60"), NULL},
    {"keep-going", 0, NULL, N_("do the rest of a script although a line failed"), NULL},
    {0},
};
static const struct opt opts_list[] = {
    {"withdrawn", 0, NULL, N_("withdrawn ones too"), NULL},
    {"of", 0, N_("RECORD"), N_("only those that refer to RECORD"), NULL},
    {0},
};
static const struct opt opts_reason[] = {
    {"reason", 0, N_("TEXT"), N_("why"), NULL},
    {0},
};
static const struct opt opts_remote_add[] = {
    {"create", 0, NULL, N_("make it; without this it must be there"), NULL},
    {0},
};
static const struct opt opts_passphrase[] = {
    {"new-passphrase-file", 0, N_("FILE"), N_("read the new passphrase from FILE"), NULL},
    {0},
};
static const struct opt opts_check[] = {
    {"aside", 0, NULL, N_("list records as they stood before a check mended them"), NULL},
    {0},
};
static const struct opt opts_rekey[] = {
    {"keep-passphrase", 0, NULL, N_("keep the present passphrase"), NULL},
    {"new-passphrase-file", 0, N_("FILE"), N_("read the new passphrase from FILE"), NULL},
    {0},
};
static const struct opt opts_restore[] = {
    {"code-file", 0, N_("FILE"), N_("read the recovery code from FILE"), NULL},
    {"new-passphrase-file", 0, N_("FILE"), N_("read the new passphrase from FILE"), NULL},
    {0},
};
static const struct opt opts_number[] = {
    {"max", 0, N_("NUMBER"), N_("at most so many; 50 unless said"), NULL},
    {0},
};

/* ---- commands ---- */

const struct cmd cmd_table[] = {
    {NULL, "init", cmd_init, NEED_PLACES, IN_START, N_("TITLE"), 1, 1, N_("make a new valise and be its first member"),
     "valise init \"Focal points\" --delegation Ireland --post \"New York\"", opts_member, NULL},
    {NULL, "join", cmd_join, NEED_PLACES, IN_START, N_("PLACE"), 1, 1, N_("ask to join the valise on a remote or in a file"),
     "valise join /media/usb/valise.git --delegation Croatia --post \"The Hague\"", opts_join, NULL},
    {NULL, "admit", cmd_admit, NEED_STORE, IN_START, N_("DELEGATION"), 1, 1, N_("admit a delegation that asks to join"),
     "valise admit Croatia --share-history", opts_admit, NULL},
    {NULL, "status", cmd_status, NEED_STORE, IN_START, N_("[COMPARTMENT]"), 0, 1, N_("what waits for you"),
     "valise status", opts_status, NULL},
    {NULL, "sync", cmd_sync, NEED_STORE, IN_START, N_("[REMOTE]"), 0, 1, N_("exchange changes with the remotes"),
     "valise sync", opts_sync, NULL},
    {NULL, "unlock", cmd_unlock, NEED_PLACES, IN_START, "", 0, 0, N_("need no passphrase for a while"),
     "valise unlock --for 1h", opts_unlock, NULL},
    {NULL, "lock", cmd_lock, NEED_PLACES, IN_START, "", 0, 0, N_("need the passphrase again at once"), "valise lock",
     NULL, NULL},
    {NULL, "shell", cmd_shell, NEED_TRIAL, IN_START, "", 0, 0, N_("unlock once, then type commands"),
     "valise shell --idle 10", opts_shell, NULL},

    {"KIND", "add", cmd_record_add, NEED_STORE, IN_RECORDS, "", 0, 1, N_("record a new one"),
     "valise person add \"Idris al-Haddad\" --position \"Minister of Defence\"", NULL, more_add},
    {"KIND", "show", cmd_record_show, NEED_STORE, IN_RECORDS, N_("RECORD"), 1, 1, N_("everything known about one"),
     "valise person show haddad", NULL, NULL},
    {"KIND", "list", cmd_record_list, NEED_STORE, IN_RECORDS, "", 0, 0, N_("one line about each"),
     "valise trip list --of haddad", opts_list, NULL},
    {"KIND", "edit", cmd_record_edit, NEED_STORE, IN_RECORDS, N_("RECORD"), 1, 1, N_("change some of its fields"),
     "valise person edit haddad --position \"Minister of Defence\"", NULL, more_edit},
    {"KIND", "withdraw", cmd_record_withdraw, NEED_STORE, IN_RECORDS, N_("RECORD"), 1, 1,
     N_("hide one, with the reason; nothing is deleted"), "valise trip withdraw TRP-4Q9DM7H --reason \"entered twice\"",
     opts_reason, NULL},
    {"KIND", "restore", cmd_record_restore, NEED_STORE, IN_RECORDS, N_("RECORD"), 1, 1, N_("show a withdrawn one again"),
     "valise trip restore TRP-4Q9DM7H", opts_reason, NULL},
    {"KIND", "history", cmd_record_history, NEED_STORE, IN_RECORDS, N_("RECORD"), 1, 1,
     N_("every value it ever had, with author and time"), "valise person history haddad", NULL, NULL},

    {NULL, "review", cmd_review, NEED_STORE, IN_DECIDE, N_("[CONFLICT]"), 0, 1,
     N_("look at what was settled by rule, and decide"), "valise review", opts_review, NULL},
    {NULL, "dedupe", cmd_dedupe, NEED_STORE, IN_DECIDE, N_("[RECORD RECORD]"), 0, 2,
     N_("judge records that may be the same"), "valise dedupe", opts_dedupe, NULL},

    {NULL, "share", cmd_share, NEED_STORE, IN_SHARE, N_("RECORD"), 1, 1, N_("pass information on, and keep the proof"),
     "valise share INF-3VQ8N1K --to court --channel secure-mail", opts_share, NULL},

    {NULL, "timeline", cmd_timeline, NEED_STORE, IN_READ, "", 0, 0, N_("travel by day, and what was done about it"),
     "valise timeline", opts_timeline, NULL},
    {NULL, "report", cmd_report, NEED_STORE, IN_READ, N_("[PERIOD]"), 0, 1,
     N_("draft the yearly report on non-cooperation, and list what stands against it"), "valise report --gaps", opts_report,
     NULL},
    {NULL, "search", cmd_search, NEED_STORE, IN_READ, N_("WORDS…"), 1, ANY, N_("find records by words in any field"),
     "valise search addis regional summit", opts_number, NULL},
    {NULL, "log", cmd_log, NEED_STORE, IN_READ, N_("[RECORD]"), 0, 1, N_("who changed what, the latest first"),
     "valise log haddad --max 20", opts_number, NULL},

    {"remote", "add", cmd_remote_add, NEED_STORE, IN_EXCHANGE, N_("NAME URL"), 2, 2,
     N_("name a place where changes are exchanged"), "valise remote add stick /media/usb/valise.git --create",
     opts_remote_add, NULL},
    {"remote", "list", cmd_remote_list, NEED_STORE, IN_EXCHANGE, "", 0, 0, N_("the remotes"), "valise remote list", NULL,
     NULL},
    {"remote", "show", cmd_remote_show, NEED_STORE, IN_EXCHANGE, N_("NAME"), 1, 1, N_("one remote"),
     "valise remote show stick", NULL, NULL},
    {"remote", "remove", cmd_remote_remove, NEED_STORE, IN_EXCHANGE, N_("NAME"), 1, 1,
     N_("forget a remote; what is there stays"), "valise remote remove stick", NULL, NULL},
    {"remote", "compact", cmd_remote_compact, NEED_STORE, IN_EXCHANGE, N_("NAME"), 1, 1,
     N_("put a short history in the place of a remote’s long one"), "valise remote compact stick", NULL, NULL},

    {"delegation", "list", cmd_delegation_list, NEED_STORE, IN_TRUST, "", 0, 0, N_("who belongs to the valise"),
     "valise delegation list", NULL, NULL},
    {"device", "list", cmd_device_list, NEED_STORE, IN_TRUST, "", 0, 0, N_("their laptops, and the last news of each"),
     "valise device list", NULL, NULL},
    {"compartment", "list", cmd_compartment_list, NEED_STORE, IN_TRUST, "", 0, 0,
     N_("who may read what, and the state of each compartment"), "valise compartment list", NULL, NULL},
    {"key", "safety-number", cmd_key_safety_number, NEED_STORE, IN_TRUST, N_("[DELEGATION]"), 0, 1,
     N_("the 30 digits that are compared by phone"), "valise key safety-number", NULL, NULL},
    {"key", "recovery", cmd_key_recovery, NEED_PLACES, IN_TRUST, "", 0, 0,
     N_("make a recovery code to print and lock away"), "valise key recovery", NULL, NULL},
    {"key", "restore", cmd_key_restore, NEED_PLACES, IN_TRUST, "", 0, 0,
     N_("open with the recovery code and choose a new passphrase"), "valise key restore", opts_restore, NULL},
    {"key", "passphrase", cmd_key_passphrase, NEED_PLACES, IN_TRUST, "", 0, 0, N_("choose another passphrase"),
     "valise key passphrase", opts_passphrase, NULL},
    {"key", "rekey", cmd_key_rekey, NEED_TRIAL, IN_TRUST, "", 0, 0,
     N_("seal everything under a new key; older copies of the key file open it no more"), "valise key rekey", opts_rekey,
     NULL},
    {NULL, "check", cmd_check, NEED_STORE, IN_TRUST, "", 0, 0, N_("verify every signature and merge everything afresh"),
     "valise check", opts_check, NULL},

    {NULL, "completion", cmd_completion, NEED_NOTHING, IN_REPAIR, N_("bash|zsh|fish"), 1, 1,
     N_("print the completion script of a shell"), "valise completion bash", NULL, NULL},
    {NULL, "help", cmd_help, NEED_NOTHING, IN_REPAIR, N_("[COMMAND|TOPIC]"), 0, 2, N_("help on a command or a topic"),
     "valise help dates", NULL, NULL},
    {NULL, "version", cmd_version, NEED_NOTHING, IN_REPAIR, "", 0, 0, N_("show the version"), "valise version", NULL,
     NULL},
};
const size_t cmd_table_n = sizeof(cmd_table) / sizeof(cmd_table[0]);

/* ---- looking up ---- */

static bool
noun_matches(const struct cmd *cmd, const char *noun, const struct vls_kind *kind)
{
    if (noun == NULL || cmd->noun == NULL)
        return noun == cmd->noun;
    return strcmp(cmd->noun, noun) == 0 || (kind != NULL && strcmp(cmd->noun, "KIND") == 0);
}

const struct cmd *
cmd_find(const char *noun, const char *verb, const struct vls_kind **kind)
{
    size_t i;

    *kind = noun != NULL ? vls_kind_by_name(noun) : NULL;
    for (i = 0; i < cmd_table_n; i++)
        if (noun_matches(&cmd_table[i], noun, *kind) && strcmp(cmd_table[i].verb, verb) == 0)
            return &cmd_table[i];
    return NULL;
}

bool
cmd_is_noun(const char *word)
{
    size_t i;

    if (vls_kind_by_name(word) != NULL)
        return true;
    for (i = 0; i < cmd_table_n; i++)
        if (cmd_table[i].noun != NULL && strcmp(cmd_table[i].noun, "KIND") != 0 && strcmp(cmd_table[i].noun, word) == 0)
            return true;
    return false;
}

static void
nearer(const char **near, size_t *best, const char *word, const char *candidate)
{
    size_t d = word_distance(word, candidate);

    if (d < *best) {
        *best = d;
        *near = candidate;
    }
}

const char *
cmd_nearest(const char *noun, const char *word)
{
    const struct vls_kind *kind = noun != NULL ? vls_kind_by_name(noun) : NULL, *kinds;
    size_t i, n, best = strlen(word) < 5 ? 2 : 3; /* more would be a guess */
    const char *near = NULL;

    for (i = 0; i < cmd_table_n; i++) {
        const struct cmd *cmd = &cmd_table[i];

        if (noun_matches(cmd, noun, kind))
            nearer(&near, &best, word, cmd->verb);
        else if (noun == NULL && strcmp(cmd->noun, "KIND") != 0)
            nearer(&near, &best, word, cmd->noun);
    }
    kinds = vls_kinds(&n);
    for (i = 0; noun == NULL && i < n; i++)
        nearer(&near, &best, word, kinds[i].name);
    return near;
}
