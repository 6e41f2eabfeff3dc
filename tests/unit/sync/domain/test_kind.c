/* The generated tables: complete, consistent, and with the fields that the command line promises. */
#include "tests/support/check.h"

#include "valise/domain.h"

#include "sync/domain/domain_int.h"

/* The wire contract: numbers never change and are never reused. Add at the end, change nothing. */
static const struct {
    uint16_t no;
    const char *name, *prefix;
} kinds[] = {
    {1, "person", "PER"},        {2, "name", "NAM"},      {3, "warrant", "WAR"}, {4, "source", "SRC"},
    {5, "info", "INF"},          {6, "trip", "TRP"},      {7, "leg", "LEG"},     {8, "transmission", "TRM"},
    {9, "action", "ACT"},        {10, "outcome", "OUT"},  {11, "identity-link", "IDL"},
    {12, "trip-link", "TRL"},    {13, "view", "VIW"},     {14, "meeting", "MTG"},
    {15, "proceeding", "PRC"},   {16, "nil-return", "NIL"}, {17, "matter", "MAT"},
    {18, "step", "STP"},         {19, "sharing-group", "GRP"}, {20, "sc-report", "SCR"},
    {21, "document", "DOC"},     {22, "citation", "CIT"}, {23, "situation", "SIT"},
    {24, "case", "CAS"},         {25, "officer", "OFF"},  {26, "task", "TSK"},
    {27, "event", "EVT"},        {28, "office-holding", "OFH"}, {29, "contact", "CON"},
    {30, "period", "PRD"},       {31, "report-draft", "RPD"}, {32, "report-paragraph", "RPP"},
    {33, "appointment", "APP"},  {34, "official-visit", "VIS"}, {35, "agreement", "AGR"},
    {36, "mandate-text", "MDT"}, {37, "report-recommendation", "RRC"},
    {38, "review-recommendation", "REC"}, {39, "session", "SES"},
};

static const struct vls_field *
field(const char *kind, const char *name)
{
    const struct vls_kind *k = vls_kind_by_name(kind);
    const struct vls_field *f = k != NULL ? vls_field_by_name(k, name) : NULL;

    if (f == NULL)
        fail_msg("no field %s of %s", name, kind);
    return f;
}

static void
kinds_keep_their_numbers_and_prefixes(void **state)
{
    size_t n;

    (void)state;
    (void)vls_kinds(&n);
    assert_true(n >= sizeof kinds / sizeof kinds[0]);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct vls_kind *k = vls_kind_by_no(kinds[i].no);

        assert_non_null(k);
        assert_string_equal(k->name, kinds[i].name);
        assert_string_equal(k->prefix, kinds[i].prefix);
        assert_ptr_equal(vls_kind_by_name(kinds[i].name), k);
        assert_ptr_equal(vls_kind_by_prefix(kinds[i].prefix), k);
    }
    assert_null(vls_kind_by_no(0));
    assert_null(vls_kind_by_no(999));
    assert_null(vls_kind_by_name("Person"));
    assert_null(vls_kind_by_name(""));
    assert_null(vls_kind_by_prefix("CNF")); /* conflicts are no records */
}

static void
check_field(const struct vls_kind *kind, const struct vls_field *f)
{
    assert_ptr_equal(vls_field_by_no(kind, f->no), f);
    assert_ptr_equal(vls_field_by_name(kind, f->name), f);
    assert_true(f->label.en[0] != '\0' && f->label.fr[0] != '\0');
    assert_int_equal(f->n_terms > 0, f->type == VLS_T_ENUM || f->type == VLS_T_ENTRY);
    assert_int_equal(f->ref_kind != 0 && vls_kind_by_no(f->ref_kind) == NULL, 0);
    for (size_t i = 0; i < f->n_terms; i++) {
        assert_int_equal(vls_term_rank(f, vls_slice_str(f->terms[i].name)), (int)i);
        assert_true(f->terms[i].label.en[0] != '\0' && f->terms[i].label.fr[0] != '\0');
    }
    assert_int_equal(vls_term_rank(f, vls_slice_str("no such term")), -1);
    assert_string_not_equal(vls_policy_name(f->policy), "?");
}

static void
every_field_is_found_and_has_both_labels(void **state)
{
    const struct vls_field *header;
    const struct vls_kind *all;
    size_t n, n_header, n_titles;

    (void)state;
    all = vls_kinds(&n);
    header = vls_header_fields(&n_header);
    for (size_t i = 0; i < n_header; i++) {
        check_field(NULL, &header[i]);
        assert_in_range(header[i].no, 1001, 1999);
    }
    for (size_t k = 0; k < n; k++) {
        n_titles = 0;
        for (size_t i = 0; i < all[k].n_fields; i++) {
            const struct vls_field *f = &all[k].fields[i];

            check_field(&all[k], f);
            assert_in_range(f->no, 1, 999);
            n_titles += (f->flags & VLS_F_TITLE) != 0;
            if ((f->flags & VLS_F_PARENT) != 0)
                assert_int_equal(f->ref_kind, all[k].parent);
        }
        for (size_t i = 0; i < n_header; i++)
            assert_ptr_equal(vls_field_by_name(&all[k], header[i].name), &header[i]);
        assert_true(n_titles > 0);
        assert_true(vls_term_rank(vls_field_by_no(NULL, VLS_H_TLP), vls_slice_str(all[k].tlp)) >= 0);
    }
    assert_null(vls_field_by_no(NULL, 1));
    assert_null(vls_field_by_no(&all[0], 1000));
    assert_null(vls_field_by_name(&all[0], "no-such-field"));
}

static void
the_command_line_finds_its_options(void **state)
{
    static const struct {
        const char *kind, *name;
        enum vls_type type;
        enum vls_policy policy;
    } t[] = {
        {"person", "display-name", VLS_T_TEXT, VLS_P_CITE}, {"person", "position", VLS_T_TEXT, VLS_P_LWW},
        {"warrant", "case", VLS_T_TEXT, VLS_P_CITE},        {"warrant", "issued", VLS_T_DATE, VLS_P_REFINE},
        {"warrant", "publicity", VLS_T_ENUM, VLS_P_RESTRICT}, {"info", "from", VLS_T_ENUM, VLS_P_IMM},
        {"info", "source", VLS_T_TEXT, VLS_P_IMM},          {"info", "received", VLS_T_INSTANT, VLS_P_IMM},
        {"info", "by", VLS_T_ENUM, VLS_P_IMM},              {"info", "about", VLS_T_REF, VLS_P_MV},
        {"info", "claim", VLS_T_ENUM, VLS_P_IMM},           {"info", "text", VLS_T_TEXT, VLS_P_IMM},
        {"info", "trip", VLS_T_REF, VLS_P_AWS},             {"trip", "window", VLS_T_DATE, VLS_P_REFINE},
        {"trip", "status", VLS_T_ENUM, VLS_P_ALERT},        {"leg", "country", VLS_T_COUNTRY, VLS_P_MV},
        {"leg", "arrive", VLS_T_DATE, VLS_P_REFINE},        {"action", "trip", VLS_T_REF, VLS_P_CITE},
        {"action", "kind", VLS_T_ENUM, VLS_P_LWW},          {"action", "target", VLS_T_COUNTRY, VLS_P_MV},
        {"action", "on", VLS_T_DATE, VLS_P_REFINE},         {"outcome", "about", VLS_T_REF, VLS_P_IMM},
        {"outcome", "result", VLS_T_ENUM, VLS_P_CITE},      {"person", "life", VLS_T_ENUM, VLS_P_RESTRICT},
        {"trip", "tlp", VLS_T_ENUM, VLS_P_RESTRICT},        {"trip", "comment", VLS_T_ENTRY, VLS_P_LOG},
    };

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        assert_int_equal(field(t[i].kind, t[i].name)->type, t[i].type);
        assert_int_equal(field(t[i].kind, t[i].name)->policy, t[i].policy);
    }
    assert_true(field("warrant", "publicity")->flags & VLS_F_SWITCH);
    assert_true(field("trip", "person")->flags & VLS_F_POSITIONAL);
}

static void
the_winning_end_of_an_order_is_last(void **state)
{
    static const struct {
        const char *kind, *name, *loses, *wins;
    } t[] = {
        {"person", "tlp", "clear", "green"},       {"person", "tlp", "amber", "amber+strict"},
        {"person", "tlp", "amber+strict", "red"},  {"person", "life", "active", "superseded"},
        {"person", "life", "retracted", "purged"}, {"trip", "status", "disproved", "did-not-occur"},
        {"trip", "status", "did-not-occur", "cancelled"}, {"trip", "status", "cancelled", "completed"},
        {"trip", "status", "completed", "potential"},     {"trip", "status", "potential", "announced"},
        {"trip", "status", "announced", "confirmed"},     {"trip", "status", "confirmed", "under-way"},
        {"warrant", "publicity", "public", "under-seal"}, {"action", "attribution", "may-be-named", "category-only"},
        {"action", "attribution", "category-only", "not-to-be-mentioned"}, {"meeting", "may-appear-in-report", "yes", "no"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        const struct vls_field *f = field(t[i].kind, t[i].name);
        int loses = vls_term_rank(f, vls_slice_str(t[i].loses)), wins = vls_term_rank(f, vls_slice_str(t[i].wins));

        assert_true(loses >= 0 && loses < wins);
    }
}

static void
labels_follow_the_language(void **state)
{
    static const struct vls_label label = {"Trip", "Déplacement"};

    (void)state;
    assert_string_equal(vls_label_in(label, "fr"), "Déplacement");
    assert_string_equal(vls_label_in(label, "fr_FR.UTF-8"), "Déplacement");
    assert_string_equal(vls_label_in(label, "en"), "Trip");
    assert_string_equal(vls_label_in(label, "es"), "Trip");
    assert_string_equal(vls_label_in(label, NULL), "Trip");
    assert_string_equal(vls_policy_name(VLS_P_LWW), "LWW+K");
    assert_string_equal(vls_policy_name((enum vls_policy)99), "?");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_keep_their_numbers_and_prefixes),
        cmocka_unit_test(every_field_is_found_and_has_both_labels),
        cmocka_unit_test(the_command_line_finds_its_options),
        cmocka_unit_test(the_winning_end_of_an_order_is_last),
        cmocka_unit_test(labels_follow_the_language),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
