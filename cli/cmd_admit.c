/*
 * admit: the number that the newcomer reads out by phone is typed in full and compared by the machine,
 * so that nobody is admitted by a glance at two strings that look alike.
 */
#include <ctype.h>
#include <string.h>

#include "valise/domain.h"

#include "member.h"

static enum vls_code
request_show(void *ctx, const struct vls_request *r, struct vls_error *err)
{
    struct cli *c = ctx;
    bool blank = strpbrk(r->delegation, " \t'\"\\$") != NULL;

    (void)err;
    out_line(c, _("%s, %s asks to join:  valise admit %s%s%s"), r->delegation, r->post, blank ? "\"" : "",
             r->delegation, blank ? "\"" : "");
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

static void
admit_report(struct cli *c, const char *delegation, bool history, uint64_t n)
{
    json_t *doc;

    if (c->json) {
        doc = json_doc("admit");
        json_object_set_new(doc, "delegation", json_text(vls_slice_str(delegation)));
        json_object_set_new(doc, "history_shared", json_boolean(history));
        json_object_set_new(doc, "records_shared", json_integer((json_int_t)n));
        out_json(c, doc);
    } else if (!c->quiet && history) {
        out_line(c,
                 P_("It matches. %s is admitted and can read what is recorded so far (%llu record) and from now on.",
                    "It matches. %s is admitted and can read what is recorded so far (%llu records) and from now on.",
                    n),
                 delegation, (unsigned long long)n);
    } else if (!c->quiet) {
        out_line(c, _("It matches. %s is admitted and can read from now on."), delegation);
    }
    hint(c, "%s", _("They learn of it with the next:  valise sync"));
}

/* ---- who is meant ---- */

struct meant {
    const char *typed;
    bool exactly, several, member;
    char name[128]; /* the delegation that fits when case is set aside */
};

static bool
same_folded(const char *a, const char *b)
{
    struct vls_buf fa, fb;
    bool same;

    vls_buf_init(&fa, 4096);
    vls_buf_init(&fb, 4096);
    vls_text_fold(&fa, vls_slice_str(a));
    vls_text_fold(&fb, vls_slice_str(b));
    same = fa.n > 0 && fa.n == fb.n && memcmp(fa.p, fb.p, fa.n) == 0;
    vls_buf_clear(&fa);
    vls_buf_clear(&fb);
    return same;
}

static enum vls_code
request_fits(void *ctx, const struct vls_request *r, struct vls_error *err)
{
    struct meant *m = ctx;

    (void)err;
    m->exactly = m->exactly || strcmp(r->delegation, m->typed) == 0;
    if (!same_folded(r->delegation, m->typed))
        return VLS_OK;
    m->several = m->several || (m->name[0] != '\0' && strcmp(m->name, r->delegation) != 0);
    snprintf(m->name, sizeof(m->name), "%s", r->delegation);
    return VLS_OK;
}

static enum vls_code
member_fits(void *ctx, const struct vls_member *member, struct vls_error *err)
{
    struct meant *m = ctx;

    (void)err;
    if (!m->member && same_folded(member->delegation, m->typed)) {
        m->member = true;
        snprintf(m->name, sizeof(m->name), "%s", member->delegation);
    }
    return VLS_OK;
}

/* Lets "croatia" stand for “Croatia” when nobody else asks under such a name; a member asks no more. */
static enum vls_code
delegation_meant(struct cli *c, struct meant *m, struct vls_error *err)
{
    enum vls_code rc = vls_engine_requests(cli_opened(c), request_fits, m, err);

    if (rc != VLS_OK)
        return rc;
    if (m->exactly || m->several || m->name[0] == '\0') {
        bool nobody = !m->exactly && m->name[0] == '\0';

        if (nobody && (rc = vls_engine_members(cli_opened(c), member_fits, m, err)) != VLS_OK)
            return rc;
        if (m->member)
            return cli_fail(c, err, VLS_EEXIST, _("%.64s is a member already"), m->name);
        snprintf(m->name, sizeof(m->name), "%s", m->typed);
    }
    return VLS_OK;
}

enum vls_code
cmd_admit(struct cli *c, struct vls_error *err)
{
    struct meant meant = {.typed = c->args.pos[0]};
    const char *delegation = meant.name, *given = args_value(&c->args, "safety-number");
    bool history = args_flag(&c->args, "share-history");
    char own[VLS_SAFETY_TEXT], line[PROMPT_LINE_MAX], digits[PROMPT_LINE_MAX];
    uint64_t n = 0;
    enum vls_code rc;

    if ((rc = delegation_meant(c, &meant, err)) != VLS_OK)
        return rc;
    /* Nobody is asked to phone about a request that is not there. */
    if ((rc = vls_engine_safety_number(cli_opened(c), delegation, own, err)) != VLS_OK)
        return rc;
    if (given == NULL && (rc = number_ask(c, line, err)) != VLS_OK)
        return rc;
    if (!digits_only(digits, given != NULL ? given : line))
        return cli_fail(c, err, VLS_EUSAGE, _("a safety number has 30 digits"));
    if (c->dry_run && strcmp(digits, own) == 0) {
        out_line(c, _("It matches. %s would be admitted; nothing was changed."), delegation);
        return VLS_OK;
    }
    rc = c->dry_run ? VLS_ETRUST : vls_engine_admit(cli_opened(c), delegation, digits, history, c->now, &n, err);
    if (rc == VLS_ETRUST) {
        cli_advise(c, "%s", _("Nobody was admitted. Phone again; if it still differs, somebody may be in between."));
        return cli_fail(c, err, VLS_ETRUST, _("the safety number differs from that of %s"), delegation);
    }
    if (rc == VLS_OK)
        admit_report(c, delegation, history, n);
    return rc;
}
