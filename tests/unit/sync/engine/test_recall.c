/*
 * Case 10 of the domain through the engine: a consent is withdrawn at one post while another sends, and what each
 * laptop then says is to be told. A transmission says what its author knew, and nobody writes what is worked out.
 */
#include "two.h"

#include "valise/report.h"

static const struct vls_field *
field_of(const char *kind, const char *field)
{
    const struct vls_field *f = vls_field_by_name(vls_kind_by_name(kind), field);

    if (f == NULL)
        fail_msg("%s has no %s", kind, field);
    return f;
}

static void
begin(struct two *t, int who, struct vls_edit **d)
{
    check_ok(vls_edit_begin(d, t->e[who], NULL, &t->err), &t->err);
}

static void
end(struct two *t, struct vls_edit *d)
{
    check_ok(vls_edit_commit(d, 1800000200, &t->err), &t->err);
}

static void
text(struct two *t, struct vls_edit *d, const uint8_t *id, const char *kind, const char *field, const char *words)
{
    struct vls_buf b;

    vls_buf_init(&b, 256);
    vls_cbor_put_str(&b, words);
    check_ok(vls_edit_put(d, id, field_of(kind, field), vls_slice_of(NULL, 0), vls_buf_slice(&b), NULL, &t->err),
             &t->err);
    vls_buf_clear(&b);
}

static void
ref(struct two *t, struct vls_edit *d, const uint8_t *id, const char *kind, const char *field, const uint8_t *to)
{
    const struct vls_field *f = field_of(kind, field);
    struct vls_buf b;

    vls_buf_init(&b, 64);
    vls_cbor_put_bytes(&b, to, VLS_ID_LEN);
    if (f->policy == VLS_P_GSET)
        check_ok(vls_edit_add(d, id, f, vls_buf_slice(&b), NULL, &t->err), &t->err);
    else
        check_ok(vls_edit_put(d, id, f, vls_slice_of(NULL, 0), vls_buf_slice(&b), NULL, &t->err), &t->err);
    vls_buf_clear(&b);
}

static void
consent(struct two *t, int who, const uint8_t *source, const char *given)
{
    struct vls_edit *d;
    struct vls_buf b;

    begin(t, who, &d);
    vls_buf_init(&b, 256);
    vls_cbor_put_map(&b, 2);
    vls_cbor_put_str(&b, "given");
    vls_cbor_put_str(&b, given);
    vls_cbor_put_str(&b, "scope");
    vls_cbor_put_str(&b, "tell regional groups");
    check_ok(vls_edit_append(d, source, field_of("source", "consent"), vls_buf_slice(&b), &t->err), &t->err);
    vls_buf_clear(&b);
    end(t, d);
}

/* As share does it: with what the previewed record rests on. */
static void
send_to_group(struct two *t, int who, const uint8_t *info, uint8_t out[VLS_ID_LEN])
{
    struct vls_report *r;
    struct vls_address to;
    struct vls_preview p;
    struct vls_edit *d;
    struct vls_buf b;

    check_ok(vls_address_parse(&to, "group:EEG", &t->err), &t->err);
    check_ok(vls_report_open(&r, vls_engine_store(t->e[who]), 1800000200, "en", &t->err), &t->err);
    check_ok(vls_report_preview(r, info, "Ireland", &to, &p, &t->err), &t->err);
    assert_true(p.n_known > 0);
    begin(t, who, &d);
    check_ok(vls_edit_create(d, vls_kind_by_name("transmission"), out, &t->err), &t->err);
    ref(t, d, out, "transmission", "covers", info);
    vls_buf_init(&b, 64);
    vls_cbor_put_str(&b, "group");
    check_ok(
        vls_edit_put_knowing(d, out, field_of("transmission", "to"), vls_buf_slice(&b), p.known, p.n_known, &t->err),
        &t->err);
    vls_buf_clear(&b);
    end(t, d);
    vls_report_close(r);
}

/* "sent-unaware", … of the one transmission that waits at a laptop; "" when none does. Notes and all records agree. */
static void
to_be_told(struct two *t, int who, const uint8_t *transmission, const char *want)
{
    struct vls_report *waiting, *one;
    const struct vls_recall *recall;
    size_t n;

    check_ok(vls_report_open_waiting(&waiting, vls_engine_store(t->e[who]), 1800000300, "en", &t->err), &t->err);
    recall = vls_report_recalls(waiting, &n);
    assert_int_equal(n, *want != '\0');
    if (n == 1) {
        assert_memory_equal(recall->id, transmission, VLS_ID_LEN);
        assert_true(recall->open);
        assert_int_equal(recall->n_causes, 1);
        assert_string_equal(vls_recall_since(&recall->cause[0]), want);
    }
    check_ok(vls_report_open_recall(&one, vls_engine_store(t->e[who]), transmission, 1800000300, "en", &t->err),
             &t->err);
    recall = vls_report_recalls(one, &n);
    assert_int_equal(n == 1 && recall->open, *want != '\0');
    vls_report_close(one);
    vls_report_close(waiting);
}

struct scene {
    uint8_t source[VLS_ID_LEN], info[VLS_ID_LEN], sent[VLS_ID_LEN];
};

static void
scene_begin(struct two *t, struct scene *s)
{
    struct vls_edit *d;

    two_found(t);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    begin(t, NY, &d);
    check_ok(vls_edit_create(d, vls_kind_by_name("source"), s->source, &t->err), &t->err);
    text(t, d, s->source, "source", "codename", "BLUEFIELD");
    check_ok(vls_edit_create(d, vls_kind_by_name("info"), s->info, &t->err), &t->err);
    text(t, d, s->info, "info", "from", "civil-society");
    text(t, d, s->info, "info", "claim", "potential");
    text(t, d, s->info, "info", "tlp", "green");
    ref(t, d, s->info, "info", "informant", s->source);
    end(t, d);
    consent(t, NY, s->source, "given");
    check_ok(two_sync(t, NY), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
}

static void
meet(struct two *t)
{
    check_ok(two_sync(t, NY), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    check_ok(two_sync(t, NY), &t->err);
}

static void
case_10_sent_before_the_withdrawal_was_known(void **state)
{
    struct two *t = *state;
    struct vls_edit *d;
    struct scene s;
    uint8_t notice[2][VLS_ID_LEN];

    scene_begin(t, &s);
    consent(t, HAGUE, s.source, "withdrawn");
    send_to_group(t, NY, s.info, s.sent);
    to_be_told(t, NY, s.sent, "");
    meet(t);
    to_be_told(t, NY, s.sent, "sent-unaware");
    to_be_told(t, HAGUE, s.sent, "sent-unaware");
    for (int who = NY; who <= HAGUE; who++) { /* both tell them, each without knowing of the other */
        begin(t, who, &d);
        check_ok(vls_edit_create(d, vls_kind_by_name("transmission"), notice[who], &t->err), &t->err);
        ref(t, d, notice[who], "transmission", "covers", s.sent);
        ref(t, d, notice[who], "transmission", "correction-of", s.sent);
        text(t, d, notice[who], "transmission", "to", "group");
        {
            struct vls_instant at;
            struct vls_buf b;

            assert_true(vls_instant_parse(&at, "2027-03-10T12:00Z", 0));
            vls_buf_init(&b, 64);
            vls_instant_put(&b, &at);
            check_ok(vls_edit_put(d, notice[who], field_of("transmission", "sent"), vls_slice_of(NULL, 0),
                                  vls_buf_slice(&b), NULL, &t->err),
                     &t->err);
            vls_buf_clear(&b);

            vls_buf_init(&b, 64);
            vls_cbor_put_str(&b, "consent-withdrawn");
            check_ok(vls_edit_add(d, notice[who], field_of("transmission", "recall"), vls_buf_slice(&b), NULL, &t->err),
                     &t->err);
            vls_buf_clear(&b);
        }
        end(t, d);
        to_be_told(t, who, s.sent, "");
    }
    meet(t);
    to_be_told(t, NY, s.sent, "");
    to_be_told(t, HAGUE, s.sent, "");
}

static void
sent_although_it_was_known(void **state)
{
    struct two *t = *state;
    struct scene s;

    scene_begin(t, &s);
    consent(t, HAGUE, s.source, "withdrawn");
    meet(t);
    send_to_group(t, NY, s.info, s.sent); /* share refuses that; another program may not */
    meet(t);
    to_be_told(t, NY, s.sent, "sent-although");
    to_be_told(t, HAGUE, s.sent, "sent-although");
}

static void
nobody_writes_what_is_worked_out(void **state)
{
    struct two *t = *state;
    struct vls_edit *d;
    struct vls_buf b;
    uint8_t id[VLS_ID_LEN];

    two_init(t, NY, "Ireland", "New York");
    begin(t, NY, &d);
    check_ok(vls_edit_create(d, vls_kind_by_name("transmission"), id, &t->err), &t->err);
    vls_buf_init(&b, 64);
    vls_cbor_put_str(&b, "withdrawn");
    assert_int_equal(
        vls_edit_put(d, id, field_of("transmission", "since"), vls_slice_of(NULL, 0), vls_buf_slice(&b), NULL, &t->err),
        VLS_EVALUE);
    vls_buf_clear(&b);
    vls_edit_abort(d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(case_10_sent_before_the_withdrawal_was_known, two_open, two_close),
        cmocka_unit_test_setup_teardown(sent_although_it_was_known, two_open, two_close),
        cmocka_unit_test_setup_teardown(nobody_writes_what_is_worked_out, two_open, two_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
