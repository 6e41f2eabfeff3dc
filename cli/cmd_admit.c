/*
 * admit: the number that the newcomer reads out by phone is typed in full and compared by the machine,
 * so that nobody is admitted by a glance at two strings that look alike.
 */
#include <ctype.h>
#include <string.h>

#include "valise/domain.h"

#include "member.h"
#include "words.h"

/* Quotes around a name that a shell would take apart. */
#define QUOTE(name) (strpbrk((name), " \t'\"\\$") != NULL ? "\"" : "")

/* ---- names that are nearly the same ---- */

#define FOLDED_MAX 256

/* How many letters are to be changed, put in, left out or swapped with their neighbour to get from one to the other. */
static size_t
letters_apart(const struct vls_buf *a, const struct vls_buf *b)
{
    size_t row[3][FOLDED_MAX + 1], i, k;

    if (a->n == 0 || b->n == 0 || a->n > FOLDED_MAX || b->n > FOLDED_MAX)
        return SIZE_MAX;
    for (k = 0; k <= b->n; k++)
        row[0][k] = k;
    for (i = 1; i <= a->n; i++) {
        size_t *now = row[i % 3], *before = row[(i + 2) % 3], *first = row[(i + 1) % 3];

        now[0] = i;
        for (k = 1; k <= b->n; k++) {
            size_t best = before[k - 1] + (a->p[i - 1] != b->p[k - 1]);

            best = before[k] + 1 < best ? before[k] + 1 : best;
            best = now[k - 1] + 1 < best ? now[k - 1] + 1 : best;
            if (i > 1 && k > 1 && a->p[i - 1] == b->p[k - 2] && a->p[i - 2] == b->p[k - 1] && first[k - 2] + 1 < best)
                best = first[k - 2] + 1;
            now[k] = best;
        }
    }
    return row[a->n % 3][b->n];
}

/* Letter case, accents and a slip or two set aside. */
static bool
much_alike(const char *a, const char *b, bool slips)
{
    struct vls_buf fa, fb;
    size_t apart, least;

    vls_buf_init(&fa, 4096);
    vls_buf_init(&fb, 4096);
    vls_text_fold(&fa, vls_slice_str(a));
    vls_text_fold(&fb, vls_slice_str(b));
    apart = letters_apart(&fa, &fb);
    least = fa.n < fb.n ? fa.n : fb.n;
    vls_buf_clear(&fa);
    vls_buf_clear(&fb);
    return apart <= (!slips || least < 4 ? 0u : least < 6 ? 1u : 2u);
}

static bool
same_folded(const char *a, const char *b)
{
    return much_alike(a, b, false);
}

struct likeness {
    const char *asks;
    bool member;   /* it is one under this very name */
    char like[64]; /* a member with nearly the same name */
};

static enum vls_code
member_like(void *ctx, const struct vls_member *m, struct vls_error *err)
{
    struct likeness *l = ctx;

    (void)err;
    if (strcmp(m->delegation, l->asks) == 0)
        l->member = true;
    else if (much_alike(m->delegation, l->asks, true))
        snprintf(l->like, sizeof(l->like), "%s", m->delegation);
    return VLS_OK;
}

/* A new delegation whose name is nearly that of a member may be a slip of whoever joined. */
static enum vls_code
likeness_load(struct cli *c, struct likeness *l, const char *asks, struct vls_error *err)
{
    enum vls_code rc;

    *l = (struct likeness){.asks = asks};
    rc = vls_engine_members(cli_opened(c), member_like, l, err);
    if (l->member)
        l->like[0] = '\0';
    return rc;
}

static void
likeness_say(struct cli *c, const struct likeness *l)
{
    note(
        c,
        _("“%s” is much like “%s”, which is a member: is it another delegation? If not:  valise admit %s%s%s --refuse"),
        l->asks, l->like, QUOTE(l->asks), l->asks, QUOTE(l->asks));
}

static enum vls_code
request_show(void *ctx, const struct vls_request *r, struct vls_error *err)
{
    struct cli *c = ctx;
    struct likeness like;
    char by[WORDS_TEXT];
    enum vls_code rc;

    if ((rc = likeness_load(c, &like, r->delegation, err)) != VLS_OK)
        return rc;
    if (r->may)
        out_line(c, _("%s, %s asks to join:  valise admit %s%s%s"), r->delegation, r->post, QUOTE(r->delegation),
                 r->delegation, QUOTE(r->delegation));
    else
        out_line(c, _("%s, %s asks to join; only %s can admit them."), r->delegation, r->post,
                 words_who(by, r->by_delegation, r->by_post));
    if (like.like[0] != '\0')
        likeness_say(c, &like);
    return VLS_OK;
}

enum vls_code
requests_show(struct cli *c, struct vls_error *err)
{
    return vls_engine_requests(cli_opened(c), request_show, c, err);
}

/* Digits only; spaces and dashes are how people write them down. */
static bool
digits_only(char out[PROMPT_LINE_MAX], const char *typed)
{
    size_t n = 0;

    for (; *typed != '\0'; typed++) {
        if (isdigit((unsigned char)*typed) && n + 1 < PROMPT_LINE_MAX)
            out[n++] = *typed;
        else if (*typed != ' ' && *typed != '-')
            return false;
    }
    out[n] = '\0';
    return n == VLS_SAFETY_TEXT - 1;
}

static enum vls_code
number_ask(struct cli *c, char line[PROMPT_LINE_MAX], struct vls_error *err)
{
    if (c->ask)
        note(c, _("Phone them and type the safety number they read to you (30 digits)."));
    return prompt_line(c, line, _("Safety number:"), "--safety-number DIGITS", err);
}

/* ---- what came of it ---- */

static void
admit_json(struct cli *c, const char *delegation, const char *post, bool history, uint64_t n)
{
    json_t *doc = json_doc("admit");

    json_object_set_new(doc, "delegation", json_text(vls_slice_str(delegation)));
    json_object_set_new(doc, "post", post != NULL ? json_text(vls_slice_str(post)) : json_null());
    json_object_set_new(doc, "history_shared", json_boolean(history));
    json_object_set_new(doc, "records_shared", json_integer((json_int_t)n));
    out_json(c, doc);
}

static void
admit_report(struct cli *c, const char *delegation, const char *post, bool history, uint64_t n)
{
    char who[WORDS_TEXT];

    words_who(who, delegation, post);
    if (c->json) {
        admit_json(c, delegation, post, history, history ? n : 0);
    } else if (!c->quiet && history) {
        out_line(c,
                 P_("It matches. %s is admitted and can read what is recorded so far (%llu record) and from now on.",
                    "It matches. %s is admitted and can read what is recorded so far (%llu records) and from now on.",
                    n),
                 who, (unsigned long long)n);
    } else if (!c->quiet && n == 0) {
        out_line(c, _("It matches. %s is admitted and can read from now on."), who);
    } else if (!c->quiet) {
        out_line(
            c,
            P_("It matches. %s is admitted and can read from now on, but not what is recorded so far (%llu record).",
               "It matches. %s is admitted and can read from now on, but not what is recorded so far (%llu "
               "records).",
               n),
            who, (unsigned long long)n);
        out_line(c, _("To let them read that too:  valise admit %s%s%s --share-history"), QUOTE(delegation), delegation,
                 QUOTE(delegation));
    }
    hint(c, "%s", _("They learn of it with the next:  valise sync"));
}

/* ---- who is meant ---- */

struct meant {
    const char *typed;
    bool exactly, several, may;
    char name[128];           /* the delegation that asks and fits when case is set aside */
    char member[64];          /* the one that is a member and fits so */
    char by[64], by_post[64]; /* who may admit it, when this laptop may not */
};

static enum vls_code
request_fits(void *ctx, const struct vls_request *r, struct vls_error *err)
{
    struct meant *m = ctx;
    bool exactly = strcmp(r->delegation, m->typed) == 0;

    (void)err;
    if (!same_folded(r->delegation, m->typed) && !exactly)
        return VLS_OK;
    m->exactly = m->exactly || exactly;
    m->several = m->several || (m->name[0] != '\0' && strcmp(m->name, r->delegation) != 0);
    if (exactly || m->name[0] == '\0' || !m->exactly) {
        snprintf(m->name, sizeof(m->name), "%s", r->delegation);
        snprintf(m->by, sizeof(m->by), "%s", r->by_delegation);
        snprintf(m->by_post, sizeof(m->by_post), "%s", r->by_post);
        m->may = r->may;
    }
    return VLS_OK;
}

static enum vls_code
member_fits(void *ctx, const struct vls_member *member, struct vls_error *err)
{
    struct meant *m = ctx;

    (void)err;
    if (strcmp(member->delegation, m->typed) == 0 ||
        (m->member[0] == '\0' && same_folded(member->delegation, m->typed)))
        snprintf(m->member, sizeof(m->member), "%s", member->delegation);
    return VLS_OK;
}

/* Lets "croatia" stand for “Croatia” when nobody else asks under such a name. */
static enum vls_code
delegation_meant(struct cli *c, struct meant *m, struct vls_error *err)
{
    enum vls_code rc = vls_engine_requests(cli_opened(c), request_fits, m, err);

    if (rc == VLS_OK)
        rc = vls_engine_members(cli_opened(c), member_fits, m, err);
    if (m->several && !m->exactly)
        m->name[0] = '\0';
    return rc;
}

/* ---- those who are members already ---- */

static enum vls_code
history_share(struct cli *c, const char *delegation, struct vls_error *err)
{
    struct vls_shared shared;
    enum vls_code rc;

    if (c->dry_run) {
        out_line(c, _("%s would be handed what was recorded before they were admitted; nothing was changed."),
                 delegation);
        return VLS_OK;
    }
    rc = vls_engine_share_history(cli_opened(c), delegation, c->now, &shared, err);
    if (rc == VLS_ENOTFOUND)
        return cli_fail(c, err, rc, _("no other laptop of %s is a member"), delegation);
    if (rc != VLS_OK)
        return rc;
    if (c->json)
        admit_json(c, delegation, NULL, true, shared.n_records);
    else if (!c->quiet && shared.n_epochs == 0)
        out_line(c, _("%s has all the keys that this laptop could hand over; nothing was changed."), delegation);
    else if (!c->quiet)
        out_line(c,
                 P_("%s can read what was recorded before they were admitted too (%llu record).",
                    "%s can read what was recorded before they were admitted too (%llu records).", shared.n_records),
                 delegation, (unsigned long long)shared.n_records);
    if (shared.n_epochs > 0)
        hint(c, "%s", _("They learn of it with the next:  valise sync"));
    return VLS_OK;
}

static enum vls_code
is_member(struct cli *c, const char *member, struct vls_error *err)
{
    cli_advise(c,
               _("To let them read what was recorded before they were admitted:  valise admit %s%s%s --share-history"),
               QUOTE(member), member, QUOTE(member));
    return cli_fail(c, err, VLS_EEXIST, _("%.64s is a member already"), member);
}

/* ---- refusing ---- */

static enum vls_code
refuse(struct cli *c, const char *delegation, const char *number, struct vls_error *err)
{
    size_t n = 0;
    enum vls_code rc;
    json_t *doc;

    if (c->dry_run)
        return cli_fail(c, err, VLS_EUSAGE, _("--refuse and --dry-run exclude one another"));
    if ((rc = vls_engine_refuse(cli_opened(c), delegation, number, &n, err)) == VLS_ETRUST)
        return cli_fail(c, err, rc, _("no request of %s has that number"), delegation);
    if (rc != VLS_OK)
        return rc;
    if (c->json) {
        doc = json_doc("refuse");
        json_object_set_new(doc, "delegation", json_text(vls_slice_str(delegation)));
        json_object_set_new(doc, "requests", json_integer((json_int_t)n));
        out_json(c, doc);
    } else if (!c->quiet) {
        out_line(c,
                 P_("%llu request of %s is forgotten on this laptop; nobody is told, and they may ask anew.",
                    "%llu requests of %s are forgotten on this laptop; nobody is told, and they may ask anew.", n),
                 (unsigned long long)n, delegation);
    }
    return VLS_OK;
}

/* ---- admitting ---- */

static enum vls_code
name_confirm(struct cli *c, const char *delegation, struct vls_error *err)
{
    struct likeness like;
    enum vls_code rc = likeness_load(c, &like, delegation, err);

    if (rc != VLS_OK || like.like[0] == '\0')
        return rc;
    likeness_say(c, &like);
    return c->ask ? prompt_yes(c, _("Is it another delegation?"), err) : VLS_OK;
}

/* Asked where a person can answer; a script that says nothing keeps what is recorded so far. */
static enum vls_code
history_ask(struct cli *c, bool *history, uint64_t n_records, struct vls_error *err)
{
    enum vls_code rc;
    char answer;

    if (*history || args_flag(&c->args, "from-now") || !c->ask || c->yes || n_records == 0)
        return VLS_OK;
    note(c,
         P_("%llu record is here. May they read what is recorded so far?",
            "%llu records are here. May they read what is recorded so far?", n_records),
         (unsigned long long)n_records);
    note(c, "  1  %s", _("yes, and from now on"));
    note(c, "  2  %s", _("no, from now on only; it can be handed over later"));
    if ((rc = prompt_choice(c, &answer, _("Choice:"), 2, "", err)) == VLS_OK)
        *history = answer == '1';
    return rc;
}

static enum vls_code
differs(struct cli *c, const char *delegation, struct vls_error *err)
{
    cli_advise(c, "%s", _("Nobody was admitted. Phone again; if it still differs, somebody may be in between."));
    return cli_fail(c, err, VLS_ETRUST, _("the safety number differs from that of %s"), delegation);
}

static enum vls_code
admit(struct cli *c, const char *delegation, bool history, struct vls_error *err)
{
    const char *given = args_value(&c->args, "safety-number");
    char line[PROMPT_LINE_MAX], digits[PROMPT_LINE_MAX], post[VLS_POST_TEXT], who[WORDS_TEXT];
    uint64_t n_records = 0, n = 0;
    enum vls_code rc;

    if ((rc = name_confirm(c, delegation, err)) != VLS_OK)
        return rc;
    if (given == NULL && (rc = number_ask(c, line, err)) != VLS_OK)
        return rc;
    if (!digits_only(digits, given != NULL ? given : line))
        return cli_fail(c, err, VLS_EUSAGE, _("a safety number has 30 digits"));
    if ((rc = vls_engine_who_asks(cli_opened(c), delegation, digits, post, err)) != VLS_OK)
        return rc == VLS_ETRUST ? differs(c, delegation, err) : rc;
    if (c->dry_run) {
        out_line(c, _("It matches. %s would be admitted; nothing was changed."), words_who(who, delegation, post));
        return VLS_OK;
    }
    if ((rc = vls_store_count(cli_store(c), 0, &n_records, err)) != VLS_OK ||
        (rc = history_ask(c, &history, n_records, err)) != VLS_OK)
        return rc;
    rc = vls_engine_admit(cli_opened(c), delegation, digits, history, c->now, &n, err);
    if (rc == VLS_ETRUST)
        return differs(c, delegation, err);
    if (rc == VLS_OK)
        admit_report(c, delegation, post, history, history ? n : n_records);
    return rc;
}

enum vls_code
cmd_admit(struct cli *c, struct vls_error *err)
{
    struct meant m = {.typed = c->args.pos[0]};
    bool history = args_flag(&c->args, "share-history"), refused = args_flag(&c->args, "refuse");
    const char *delegation;
    char own[VLS_SAFETY_TEXT], by[WORDS_TEXT];
    enum vls_code rc;

    if (history + refused + args_flag(&c->args, "from-now") > 1)
        return cli_fail(c, err, VLS_EUSAGE, _("--share-history, --from-now and --refuse exclude one another"));
    if ((rc = delegation_meant(c, &m, err)) != VLS_OK)
        return rc;
    delegation = m.name[0] != '\0' ? m.name : m.typed;
    if (refused)
        return refuse(c, delegation, args_value(&c->args, "safety-number"), err);
    /* A further laptop that asks under a member's name is not ours to admit, but the member's history may be. */
    if (m.member[0] != '\0' && (m.name[0] == '\0' || (!m.may && strcmp(m.name, m.member) == 0 && history)))
        return history ? history_share(c, m.member, err) : is_member(c, m.member, err);
    /* Nobody is asked to phone about a request that is not there, or not for this laptop to answer. */
    if ((rc = vls_engine_safety_number(cli_opened(c), delegation, own, err)) != VLS_OK)
        return rc;
    if (!m.may) {
        words_who(by, m.by, m.by_post);
        cli_advise(c, _("Ask them to run:  valise admit %s%s%s"), QUOTE(delegation), delegation, QUOTE(delegation));
        return cli_fail(c, err, VLS_ENOTADMITTED, _("only %s can admit %s"), by, delegation);
    }
    return admit(c, delegation, history, err);
}
