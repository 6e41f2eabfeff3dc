/* Nobody and nothing that must stay confidential gets into a report by borrowed or typed words. Everybody is invented.
 */
#include "made_annual.h"

static struct vls_annual *
world(const char *lang)
{
    struct vls_annual *a = an_new(lang);

    an_add(a, "person", 10, "display-name", "t:Idris al-Haddad", NULL);
    an_add(a, "name", 11, "person", "r:10", "text", "t:إدريس الحداد", NULL);
    an_add(a, "name", 12, "person", "r:10", "text", "t:Abou Salim", NULL);
    an_add(a, "person", 13, "display-name", "t:Nora Bystander", NULL); /* nobody tells of her travel */
    an_add(a, "person", 14, "display-name", "t:Sealed Somebody", NULL);
    an_add(a, "warrant", 15, "person", "r:14", "case", "t:X", "publicity", "t:under-seal", NULL);
    an_add(a, "source", 16, "codename", "t:BLUEFIELD", "kind", "t:civil-society", NULL);
    an_add(a, "trip", 20, "person", "r:10", "status", "t:announced", NULL);
    an_add(a, "leg", 21, "trip", "r:20", "place", "t:Addis Ababa", "country", "t:ET", NULL);
    an_add(a, "info", 30, "from", "t:civil-society", "received", "s:1630000000,0,1", "claim", "t:potential", "source",
           "t:GREENLAKE", "sender-reference", "t:114/2021", "person-as-written", "t:Monsieur H.", "place-as-written",
           "t:Adis Abeba", NULL);
    return a;
}

static void
what_names_somebody_is_found_in_any_spelling(void **state)
{
    static const struct {
        const char *text;
        unsigned para;
        bool names;
    } t[] = {
        {"Mr Idris al-Haddad travelled.", 37, true},
        {"IDRIS  AL HADDAD", 37, true},
        {"al-Haddad", 37, true},
        {"of Haddad’s journey", 37, true},
        {"زيارة إدريس الحداد", 37, true},
        {"Abou-Salim", 37, true},
        {"Sealed Somebody", 37, true},
        {"told by greenlake", 37, true},
        {"(BLUEFIELD)", 37, true},
        {"note 114/2021", 37, true},
        {"to Addis-Ababa", 37, true},
        {"to Adis Abeba", 28, true},
        {"to Ethiopia", 28, true},
        {"vers l’Éthiopie", 31, true},
        {"to Ethiopia", 17, false}, /* a State, where States are named as such */
        {"Addis Ababa", 20, false}, /* a visit of an office holder */
        {"Idris al-Haddad", 20, true},
        {"Nora Bystander", 37, false},
        {"The Assembly should go on.", 37, false},
        {"a haddadian thing", 37, false}, /* a word of its own */
        {"Salimata", 37, false},
        {"note 1114/2021", 37, false},
        {"", 37, false},
    };
    struct vls_annual *a = world("en");
    const char *ref;
    size_t i;

    (void)state;
    an_build(a);
    for (i = 0; i < sizeof t / sizeof *t; i++) {
        if (vls_annual_names(a, t[i].para, vls_slice_str(t[i].text), &ref) != t[i].names)
            fail_msg("“%s” in paragraph %u", t[i].text, t[i].para);
        assert_int_equal(*ref != '\0', t[i].names);
    }
    vls_annual_close(a);
}

static void
a_destination_is_known_by_all_its_names(void **state)
{
    static const char *const names[] = {"in Russia.",
                                        "the Russian Federation",
                                        "en Russie",
                                        "to Syria",
                                        "the Syrian authorities",
                                        "en Syrie",
                                        "in the DRC",
                                        "en RDC",
                                        "Democratic Republic of Congo",
                                        "to the Congo",
                                        "la République démocratique du Congo",
                                        "Syrian Arab Republic"};
    static const char *const other[] = {"the Republic", "a State", "the United Nations", "Prussia",
                                        "of the Federation"};
    struct vls_annual *a = world("en");
    const char *ref;
    size_t i;

    (void)state;
    an_add(a, "leg", 22, "trip", "r:20", "country", "t:RU", NULL);
    an_add(a, "leg", 23, "trip", "r:20", "country", "t:SY", "country", "t:CD", NULL); /* two posts, two countries */
    an_build(a);
    for (i = 0; i < sizeof names / sizeof *names; i++) {
        if (!vls_annual_names(a, 28, vls_slice_str(names[i]), &ref))
            fail_msg("“%s” passes", names[i]);
        assert_false(vls_annual_names(a, 17, vls_slice_str(names[i]), &ref));
    }
    for (i = 0; i < sizeof other / sizeof *other; i++) {
        if (vls_annual_names(a, 28, vls_slice_str(other[i]), &ref))
            fail_msg("“%s” is held back", other[i]);
    }
    vls_annual_close(a);
}

/* One record with a value that is shown, one beside it and one that was corrected. */
static void
values_of(struct vls_annual *a, const char *kind, uint8_t id, const char *field, const char *const value[3])
{
    static const enum vls_row_state STATE[3] = {VLS_ROW_SHOWN, VLS_ROW_KEPT, VLS_ROW_PAST};
    struct vls_error err = {0};
    struct made m;

    made_new(&m, kind, id, "Croatia");
    if (strcmp(kind, "leg") == 0)
        made_ref(&m, "trip", 20);
    if (strcmp(kind, "name") == 0)
        made_ref(&m, "person", 10);
    for (size_t i = 0; i < 3; i++)
        made_text(&m, field, value[i])->state = STATE[i];
    made_text(&m, "tlp", "amber");
    check_ok(vls__an_feed(a, &m.rec, &err), &err);
}

static void
what_was_corrected_or_is_disputed_names_nobody_either(void **state)
{
    static const struct {
        const char *kind, *field, *value[3];
    } t[] = {
        {"person", "display-name", {"Yusuf Marzouki", "Yusef Marzuqi", "Joseph Mar-Zoukh"}},
        {"name", "text", {"Aliasone", "Aliastwo", "Aliasthree"}},
        {"leg", "place", {"Townone", "Towntwo", "Townthree"}},
        {"leg", "country", {"KE", "UG", "TZ"}},
        {"info", "person-as-written", {"Mister One", "Mister Two", "Mister Three"}},
        {"info", "place-as-written", {"Portone", "Porttwo", "Portthree"}},
        {"source", "codename", {"REDFIELD", "GREYFIELD", "TEALFIELD"}},
    };
    struct vls_annual *a = world("en");
    const char *ref, *text;
    size_t i, k, looked = 0;

    (void)state;
    an_add(a, "trip", 24, "person", "r:60", "status", "t:announced", NULL);
    for (i = 0; i < sizeof t / sizeof *t; i++)
        values_of(a, t[i].kind, (uint8_t)(60 + i), t[i].field, t[i].value);
    an_build(a);
    for (i = 0; i < sizeof t / sizeof *t; i++) {
        for (k = 0; k < 3; k++, looked++) {
            text = t[i].value[k];
            if (strcmp(t[i].field, "country") == 0)
                text = vls_country_by_code(vls_slice_str(text))->name.en;
            if (!vls_annual_names(a, 28, vls_slice_str(text), &ref))
                fail_msg("“%s” (%s %s, %zu) passes", text, t[i].kind, t[i].field, k);
        }
    }
    assert_int_equal(looked, 21);
    vls_annual_close(a);
}

static void
a_borrowed_word_that_names_somebody_is_held_back(void **state)
{
    struct vls_annual *a = world("en");

    (void)state;
    an_add(a, "report-recommendation", 40, "text", "t:Idris al-Haddad should be arrested.", "paragraph", "i:37",
           "period", "r:1", NULL);
    an_add(a, "report-recommendation", 41, "text", "t:Go on.", "paragraph", "i:38", "period", "r:1", NULL);
    an_add(a, "sc-report", 42, "resolution", "t:1593 (2005)", "ordinal", "i:33", "presented", "d:2021-06-09",
           "key-point", "t:GREENLAKE says so", NULL);
    an_add(a, "proceeding", 43, "decision", "t:ICC v. al-Haddad", "kind", "t:finding", "decided", "d:2021-06-09",
           "state", "t:HU", NULL);
    an_add(a, "official-visit", 44, "visitor", "r:10", "dates", "d:2021-06-09", NULL);
    an_build(a);
    an_state(a, 37, VLS_SAY_RECOMMEND, VLS_PARA_GAP, 0);
    an_state(a, 38, VLS_SAY_RECOMMEND, VLS_PARA_READY, 1);
    an_state(a, 32, VLS_SAY_COUNCIL, VLS_PARA_GAP, 1); /* the report itself says nothing wrong */
    an_state(a, 17, VLS_SAY_PROCEEDINGS, VLS_PARA_GAP, 0);
    an_state(a, 20, VLS_SAY_VISITS, VLS_PARA_GAP, 0);
    assert_int_equal(an_points(a, VLS_POINT_NAMES, 37, 40), 1);
    assert_int_equal(an_points(a, VLS_POINT_NAMES, 32, 42), 1);
    assert_int_equal(an_points(a, VLS_POINT_NAMES, 17, 43), 1);
    assert_int_equal(an_points(a, VLS_POINT_NAMES, 20, 44), 1);
    vls_annual_close(a);
}

static void
the_words_of_a_date_are_borrowed_words_too(void **state)
{
    struct vls_annual *a = world("en");
    const struct vls_para *p;
    size_t i;

    (void)state;
    an_add(a, "document", 40, "title", "t:Assessment", "body", "t:assembly", "dated",
           "x:|the day Idris Haddad was in Cairo", "tlp", "t:clear", NULL);
    an_add(a, "document", 41, "title", "t:Other", "body", "t:assembly", "dated", "x:|some day", "tlp", "t:clear", NULL);
    an_add(a, "document", 42, "title", "t:Third", "body", "t:assembly", "dated", "x:2021-03-02|of Abou Salim", "tlp",
           "t:clear", NULL);
    an_add(a, "review-recommendation", 43, "number", "t:R1", "allocated-by", "r:40", "tlp", "t:clear", NULL);
    an_add(a, "review-recommendation", 44, "number", "t:R2", "allocated-by", "r:41", "tlp", "t:clear", NULL);
    an_add(a, "review-recommendation", 45, "number", "t:R3", "allocated-by", "r:42", "tlp", "t:clear", NULL);
    an_build(a);
    an_state(a, 15, VLS_SAY_REVIEW, VLS_PARA_GAP, 4);
    assert_int_equal(an_points(a, VLS_POINT_NAMES, 15, 40), 1);
    assert_int_equal(an_points(a, VLS_POINT_NAMES, 15, 41), 0);
    assert_int_equal(an_points(a, VLS_POINT_NAMES, 15, 42), 1);
    p = an_para(a, 15);
    for (i = 0; i < p->n_facts; i++) {
        assert_false(p->fact[i].has_date); /* “some day” is none */
        assert_int_equal(p->fact[i].date.words.n, 0);
    }
    vls_annual_close(a);
}

static void
the_name_of_the_period_names_nobody(void **state)
{
    struct vls_annual *a = world("en");
    struct vls_error err = {0};

    (void)state;
    an_add(a, "period", 90, "name", "t:The year of al-Haddad", "opens", "d:2021-12-07", NULL);
    check_ok(vls__an_index(a, &err), &err);
    check_ok(vls__an_build(a, a->list[AN_PERIOD].v[1]->id, &err), &err);
    an_gaps_are_named(a);
    assert_string_equal(vls_annual_period(a)->name, vls_annual_period(a)->ref);
    an_state(a, 14, VLS_SAY_PERIOD, VLS_PARA_GAP, 0);
    assert_int_equal(an_points(a, VLS_POINT_NAMES, 14, 90), 1);
    vls_annual_close(a);
}

static void
a_period_that_begins_on_no_day_says_no_words(void **state)
{
    struct vls_annual *a = world("en");
    struct vls_error err = {0};

    (void)state;
    an_add(a, "period", 90, "name", "t:PER-21", "opens", "x:|when al-Haddad came", NULL);
    check_ok(vls__an_index(a, &err), &err);
    check_ok(vls__an_build(a, a->list[AN_PERIOD].v[1]->id, &err), &err);
    an_gaps_are_named(a);
    an_state(a, 14, VLS_SAY_PERIOD, VLS_PARA_GAP, 0);
    assert_int_equal(an_points(a, VLS_POINT_NO_OPENING, 14, 90), 1);
    vls_annual_close(a);
}

static void
so_is_a_text_by_hand(void **state)
{
    struct vls_annual *a = world("en");

    (void)state;
    an_add(a, "report-draft", 50, "period", "r:1", NULL);
    an_add(a, "report-paragraph", 51, "draft", "r:50", "number", "i:28", "in", "t:en", "text", "t:BLUEFIELD told us.",
           NULL);
    an_add(a, "report-paragraph", 52, "draft", "r:50", "number", "i:60", "in", "t:en", "text", "t:Of Abou Salim.",
           NULL);
    an_build(a);
    an_state(a, 28, VLS_SAY_RECEIVED, VLS_PARA_GAP, 0);
    an_state(a, 60, VLS_SAY_BY_HAND, VLS_PARA_GAP, 0);
    assert_string_equal(an_para(a, 28)->by_hand, "");
    assert_string_equal(an_para(a, 60)->by_hand, "");
    assert_int_equal(an_points(a, VLS_POINT_NAMES, 28, 51), 1);
    assert_int_equal(an_points(a, VLS_POINT_NAMES, 60, 52), 1);
    vls_annual_close(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_names_somebody_is_found_in_any_spelling),
        cmocka_unit_test(a_destination_is_known_by_all_its_names),
        cmocka_unit_test(what_was_corrected_or_is_disputed_names_nobody_either),
        cmocka_unit_test(a_borrowed_word_that_names_somebody_is_held_back),
        cmocka_unit_test(the_words_of_a_date_are_borrowed_words_too),
        cmocka_unit_test(the_name_of_the_period_names_nobody),
        cmocka_unit_test(a_period_that_begins_on_no_day_says_no_words),
        cmocka_unit_test(so_is_a_text_by_hand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
