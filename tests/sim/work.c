/*
 * What people do beside writing: admissions and exchanges, each judged at once; and that what was refused changes nothing
 * that is sent.
 */
#include "sim.h"

/* ---- admissions ---- */

struct asker {
    char delegation[64];
    int other_than; /* delegation that a usurper may not bring in anyway */
    size_t n;
};

static enum vls_code
first_asker(void *ctx, const struct vls_request *r, struct vls_error *err)
{
    struct asker *a = ctx;

    (void)err;
    if (a->n++ == 0)
        (void)snprintf(a->delegation, sizeof a->delegation, "%s", r->delegation);
    return VLS_OK;
}

/* The laptop whose request is the one of that number. */
static struct device *
who_asks(struct sim *s, const char *number)
{
    for (int i = 0; i < s->n_dev; i++) {
        char own[VLS_SAFETY_TEXT];

        if (s->dev[i].begun && device_on(s, &s->dev[i])->request.body_len > 0 &&
            vls_engine_safety_number(s->dev[i].e, NULL, own, NULL) == VLS_OK && strcmp(own, number) == 0)
            return &s->dev[i];
    }
    return NULL;
}

bool
work_admit(struct sim *s, struct device *d, bool crash)
{
    struct asker a = {.n = 0};
    char number[VLS_SAFETY_TEXT];
    struct device *who;
    uint64_t shared;
    bool history = sim_chance(s, 70);
    enum vls_code rc;

    (void)device_on(s, d);
    if (!device_member(d))
        return false;
    SIM_OK(s, vls_engine_requests(d->e, first_asker, &a, &s->err));
    if (a.n == 0)
        return false;
    SIM_OK(s, vls_engine_safety_number(d->e, a.delegation, number, &s->err));
    who = who_asks(s, number);
    SIM_CHECK(s, who != NULL, "somebody asks who does not exist");
    if (crash)
        device_break(s, d, 1 + sim_below(s, 10), false);
    rc = vls_engine_admit(d->e, a.delegation, number, history, device_clock(s, d), &shared, &s->err);
    if (crash && device_broke(d)) {
        device_power_cut(s, d);
        (void)device_on(s, d);
        sim_count(s, EV_CRASH_ADMITS, 1);
        if (vls_members_device(d->e->members, who->e->me.device) != NULL) {
            who->history = history && d->history;
            return true;
        }
        return false;
    }
    device_mend(d);
    if (rc == VLS_ENOTADMITTED)
        return false; /* it has no right to */
    SIM_OK(s, rc);
    who->history = history && d->history;
    sim_count(s, history ? EV_ADMISSIONS : EV_ADMISSIONS_NOW, 1);
    return true;
}

/* A laptop without the right signs an admission all the same: void everywhere (I7). */
void
work_usurp(struct sim *s, struct device *d)
{
    struct vls_buf ops;
    struct device *who = NULL;

    (void)device_on(s, d);
    if (!device_member(d) || d->e->me.root)
        return;
    for (int i = 0; i < s->n_dev; i++)
        if (s->dev[i].begun && s->dev[i].delegation != d->delegation &&
            device_on(s, &s->dev[i])->request.body_len > 0 && !device_member(&s->dev[i]))
            who = &s->dev[i];
    if (who == NULL)
        return;
    vls_buf_init(&ops, VLS_MEMBER_PAYLOAD_MAX);
    vls_member_put_add(&ops, vls_slice_of(who->e->request.body, who->e->request.body_len));
    SIM_OK(s, vls__engine_start(d->e, &s->err));
    SIM_OK(s,
           vls__engine_end(d->e, vls__engine_say(d->e, vls_buf_slice(&ops), 1, device_clock(s, d), &s->err), &s->err));
    if (vls_members_device(d->e->members, who->e->me.device) == NULL)
        sim_count(s, EV_USURPATIONS, 1); /* otherwise the right one had been there before */
    vls_buf_clear(&ops);
}

/* ---- exchanges ---- */

static const char *const stick_names[SIM_HUBS] = {"stick", "second"};

void
work_add_stick(struct sim *s, struct device *d, int hub)
{
    char url[] = "/simulated-hub/0";

    if (d->stick[hub])
        return;
    url[sizeof url - 2] = (char)('0' + hub);
    host_line(s, LINE_GOOD, 0);
    SIM_OK(s, vls_engine_remote_add(device_on(s, d), stick_names[hub], url, true, &s->err));
    d->stick[hub] = true;
}

void
work_readd(struct sim *s, struct device *d, int hub)
{
    host_line(s, LINE_GOOD, 0);
    SIM_OK(s, vls_engine_remote_remove(device_on(s, d), stick_names[hub], &s->err));
    d->stick[hub] = false;
    work_add_stick(s, d, hub);
    sim_count(s, EV_READDED, 1);
}

static void
keep_result(void *ctx, const char *remote, const struct vls_sync_result *r)
{
    (void)remote;
    *(struct vls_sync_result *)ctx = *r;
}

static bool
two_hubs(const struct sim *s)
{
    for (int i = 0; i < s->n_dev; i++)
        if (s->dev[i].stick[1])
            return true;
    return false;
}

/* One remote at a time, so that each outcome can be held against what that hub did. */
static enum vls_code
sync_hub(struct sim *s, struct device *d, int hub, bool broken)
{
    struct vls_sync_opts o = {.remote = stick_names[hub], .now_unix = device_clock(s, d)};
    struct vls_sync_result r = {.code = VLS_OK};
    enum shown shown;
    enum vls_code rc;

    (void)host_shown(s);
    rc = vls_engine_sync(d->e, &o, keep_result, &r, &s->err);
    shown = host_shown(s);
    sim_count(s, EV_SYNCS, 1);
    sim_count(s, EV_RECEIVED, r.received);
    sim_count(s, EV_LETTERS, r.letters_again);
    if (broken && device_broke(d))
        return rc;
    SIM_CHECK(s, rc == r.code, "an exchange ended with %s and said %s", vls_code_name(rc), vls_code_name(r.code));
    if (shown == SHOWN)
        SIM_CHECK(s, rc == VLS_ETRUST, "the host showed another past, and the exchange ended with %s: %s",
                  vls_code_name(rc), s->err.text);
    if (shown == HIDDEN)
        SIM_CHECK(s, rc != VLS_ETRUST && rc != VLS_EAUTH, "a trust failure without a lie: %s", s->err.text);
    if (shown == REPLACED)
        SIM_CHECK(s, rc != VLS_ETRUST, "a replaced history that lacks nothing, and a trust failure: %s", s->err.text);
    SIM_CHECK(s, !r.rewritten || shown == REPLACED || shown == PERHAPS, "a history is taken for a replaced one");
    SIM_CHECK(s, rc != VLS_OK || shown != REPLACED || r.rewritten, "a replaced history is not noticed");
    SIM_CHECK(s, !host_clean(s, hub) || shown != SHOWN, "an honest hub lacks what it held");
    sim_count(s, EV_REPLACED, shown == REPLACED && rc == VLS_OK);
    sim_count(s, EV_LATE, shown == REPLACED && rc == VLS_OK && r.sent > 0);
    if (host_clean(s, hub)) {
        SIM_CHECK(s, r.refused == 0 && r.damaged == 0, "an honest hub, and %d refused, %d damaged", (int)r.refused,
                  (int)r.damaged);
        SIM_CHECK(s, r.waiting == 0 || two_hubs(s), "an honest hub, and %d wait", (int)r.waiting);
    }
    SIM_CHECK(s,
              rc == VLS_OK || rc == VLS_ETRUST || rc == VLS_ENOTADMITTED || rc == VLS_EUNREACHABLE || rc == VLS_EFULL,
              "an exchange ended with %s: %s", vls_code_name(rc), s->err.text);
    SIM_CHECK(s, rc != VLS_ENOTADMITTED || !device_member(d), "a member is told that it is none");
    sim_count(s, EV_DISTRUST, rc == VLS_ETRUST);
    return rc;
}

bool
work_sync(struct sim *s, struct device *d, bool crash)
{
    bool trusted = true;

    (void)device_on(s, d);
    d->met = true;
    for (int hub = 0; hub < SIM_HUBS; hub++) {
        if (!d->stick[hub])
            continue;
        if (crash && device_broke(d))
            break;
        if (sync_hub(s, d, hub, crash) == VLS_ETRUST)
            trusted = false;
    }
    return trusted;
}

/* ---- I8: what is refused changes nothing that is sent ---- */

static void
send_on_trial(struct sim *s, struct device *d, int hub, const uint8_t *image, size_t n, uint64_t secrets,
              struct vls_buf *sent)
{
    struct vls_sync_opts o = {.remote = stick_names[hub], .now_unix = device_clock(s, d)};
    struct vls_sync_result r;

    device_off(d);
    device_load(d, image, n);
    (void)device_on(s, d);
    s->secrets = secrets;
    host_record(s, sent);
    (void)!vls_engine_sync(d->e, &o, keep_result, &r, &s->err);
    host_record(s, NULL);
}

void
work_compare_rejection(struct sim *s, struct device *d)
{
    struct vls_buf clean, littered;
    uint64_t secrets = s->secrets;
    uint8_t *image;
    size_t n;
    int hub = 0;

    (void)device_on(s, d);
    if (!device_member(d) || !d->stick[hub])
        return;
    vls_buf_init(&clean, 8u << 20);
    vls_buf_init(&littered, 8u << 20);
    device_off(d);
    image = device_image(d, &n);
    host_line(s, LINE_GOOD, 0);
    s->trial = true;
    send_on_trial(s, d, hub, image, n, secrets, &clean);
    device_off(d);
    device_load(d, image, n);
    s->secrets = check_random(&s->random); /* what the litter draws is nobody's nonce of before */
    host_litter(s, hub, d);
    send_on_trial(s, d, hub, image, n, secrets, &littered);
    device_off(d);
    device_load(d, image, n);
    s->secrets = check_random(&s->random);
    s->trial = false;
    SIM_CHECK(s, vls_slice_eq(vls_buf_slice(&clean), vls_buf_slice(&littered)),
              "I8: what was refused changed what is sent (%zu bytes, %zu)", clean.n, littered.n);
    sim_count(s, EV_REJECTION_TWINS, 1);
    vls_buf_clear(&clean);
    vls_buf_clear(&littered);
    free(image);
    (void)host_shown(s);
}
