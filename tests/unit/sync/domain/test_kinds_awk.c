/*
 * The generator of the tables: the real files pass, and each mistake an editor can make is refused
 * with its file and line. Runs awk in a folder of its own, from the root of the source tree.
 */
#include "tests/support/check.h"

#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/valise-kinds-XXXXXX";

static void
write_file(const char *name, const char *text)
{
    char path[200];
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

/* Exit status of the generator over the folder, and what it says on stderr. */
static int
generate(const char *files, char *said, size_t room)
{
    char command[600];
    size_t n;
    FILE *p;

    (void)snprintf(command, sizeof command, "${AWK:-awk} -f schemas/domain/kinds.awk %s 2>&1 >/dev/null", files);
    p = popen(command, "r");
    assert_non_null(p);
    n = fread(said, 1, room - 1, p);
    said[n] = '\0';
    n = (size_t)pclose(p);
    assert_true(WIFEXITED((int)n));
    return WEXITSTATUS((int)n);
}

#define HEADER "header\nfield 1001 life ENUM RESTRICT | Life | Vie\nterm active | active | active\n"
#define KIND "kind 1 person PER tlp=clear | Person | Personne\n"
#define NAME "field 1 name TEXT LWW+K | Name | Nom\n"

static int
set_up(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    write_file("header.kind", HEADER);
    write_file("countries.tsv", "ET\tEthiopia\tÉthiopie\tAFR\n");
    write_file("places.tsv", "The Hague\tLa Haye\n");
    return 0;
}

static int
tear_down(void **state)
{
    static const char *const names[] = {"header.kind", "countries.tsv", "places.tsv", "a.kind"};
    char path[200];

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    return rmdir(folder);
}

static void
check_kind(const char *text, const char *want)
{
    char files[300], said[4000];
    int rc;

    write_file("a.kind", text);
    (void)snprintf(files, sizeof files, "%s/a.kind %s/header.kind", folder, folder);
    rc = generate(files, said, sizeof said);
    if (want == NULL && (rc != 0 || said[0] != '\0'))
        fail_msg("refused with %d: %s", rc, said);
    if (want != NULL && (rc != 1 || strstr(said, want) == NULL))
        fail_msg("“%s” is answered with %d: %s", text, rc, said);
}

static void
the_real_files_pass(void **state)
{
    char said[4000];

    (void)state;
    assert_int_equal(generate("schemas/domain/*.kind", said, sizeof said), 0);
    assert_string_equal(said, "");
}

static void
a_small_kind_passes(void **state)
{
    (void)state;
    check_kind(KIND NAME, NULL);
    check_kind("# a remark\n\n" KIND "  field 1 name TEXT LWW+K required title | Name | Nom\nretired 2\n"
               "field 3 mark ENUM FWD | Mark | Marque\nterm a | a | a\nterm b+c | b | b\n"
               "field 4 to REF MV ref=person | To | À\nfield 5 days INT DERIVED | D | J\nfield 6 from DATE REFDATA | F "
               "| D\nlist l\nterm x | x | x\nkind 2 part PRT tlp=red | Part | Partie\n"
               "field 1 of REF IMM parent ref=person | Of | De\nfield 2 x ENUM AWS list=l | X | X\n",
               NULL);
}

static void
mistakes_are_refused_with_their_line(void **state)
{
    static const struct {
        const char *text, *want;
    } t[] = {
        {KIND NAME NAME, "a.kind:3: field number 1 is taken or retired"},
        {KIND NAME "field 2 name TEXT LWW+K | Name | Nom\n", "a.kind:3: field name name stands twice"},
        {KIND "retired 1\n" NAME, "a.kind:3: field number 1 is taken or retired"},
        {KIND NAME "retired 1\n", "a.kind:3: number 1 is in use"},
        {KIND NAME KIND NAME, "a.kind:3: number, name or prefix"},
        {KIND NAME "kind 1 other OTH tlp=red | O | A\n" NAME, "a.kind:3: number, name or prefix"},
        {KIND NAME "kind 2 other PER tlp=red | O | A\n" NAME, "a.kind:3: number, name or prefix"},
        {KIND "field 1 name STRING LWW+K | Name | Nom\n", "a.kind:2: unknown type STRING"},
        {KIND "field 1 name TEXT LWW | Name | Nom\n", "a.kind:2: unknown policy LWW"},
        {KIND "field 1 name TEXT derived | Name | Nom\n", "a.kind:2: unknown policy derived"},
        {KIND "field 1 name TEXT DERIVED search | Name | Nom\n", "a.kind:2: DERIVED: nobody gives it a value"},
        {KIND "field 1 name TEXT REFDATA required | Name | Nom\n", "a.kind:2: REFDATA: nobody gives it a value"},
        {KIND "field 1 name ENTRY DERIVED | N | N\nterm a | a | a\n", "a.kind:2: type ENTRY needs LOG"},
        {KIND "field 1 name TEXT REFINE | Name | Nom\n", "a.kind:2: policy REFINE needs DATE"},
        {KIND "field 1 name TEXT RESTRICT | Name | Nom\n", "a.kind:2: policy RESTRICT needs ENUM"},
        {KIND "field 1 name TEXT EARLY | Name | Nom\n", "a.kind:2: policy EARLY needs"},
        {KIND "field 1 name ENTRY LWW+K | N | N\nterm a | a | a\n", "a.kind:2: type ENTRY needs LOG"},
        {KIND "field 1 name TEXT LOG | Name | Nom\n", "a.kind:2: policy LOG needs ENTRY"},
        {KIND "field 1 name TEXT LWW+K | Name\n", "a.kind:2: needs two labels"},
        {KIND "field 1 name TEXT LWW+K | Name |\n", "a.kind:2: needs two labels"},
        {KIND "field 1 name TEXT LWW+K | | Nom\n", "a.kind:2: needs two labels"},
        {KIND "field 1 name TEXT LWW+K | Name | Nom | Name\n", "a.kind:2: needs two labels"},
        {KIND "field 1 name TEXT LWW+K\n", "a.kind:2: needs two labels"},
        {KIND "field 0 name TEXT LWW+K | Name | Nom\n", "a.kind:2: field number 0"},
        {KIND "field 1000 name TEXT LWW+K | Name | Nom\n", "a.kind:2: field number 1000"},
        {KIND "field one name TEXT LWW+K | Name | Nom\n", "a.kind:2: field number one"},
        {KIND "field 1 Name TEXT LWW+K | Name | Nom\n", "a.kind:2: field name Name"},
        {KIND "field 1 json TEXT LWW+K | Name | Nom\n", "a.kind:2: field name json"},
        {KIND "field 1 life TEXT LWW+K | Name | Nom\n", "a.kind:2: every record has a field life"},
        {KIND "field 1 name TEXT | Name | Nom\n", "a.kind:2: field NUMBER NAME TYPE POLICY"},
        {KIND "field 1 name TEXT LWW+K requird | Name | Nom\n", "a.kind:2: unknown option requird"},
        {KIND "field 1 name ENUM LWW+K | Name | Nom\n", "a.kind:2: field name has no terms"},
        {KIND "field 1 name ENUM LWW+K list=no | Name | Nom\n", "a.kind:2: no list no"},
        {KIND "field 1 name TEXT LWW+K list=no | Name | Nom\n", "a.kind:2: list= goes with ENUM"},
        {KIND "field 1 name TEXT LWW+K switch | Name | Nom\n", "a.kind:2: switch goes with ENUM"},
        {KIND "field 1 name REF LWW+K | Name | Nom\n", "a.kind:2: ref=KIND"},
        {KIND "field 1 name TEXT LWW+K ref=any | Name | Nom\n", "a.kind:2: ref=KIND"},
        {KIND "field 1 name REF LWW+K ref=no | Name | Nom\n", "a.kind:2: no kind no"},
        {KIND "field 1 name REF LWW+K parent ref=person | Name | Nom\n", "a.kind:2: parent"},
        {KIND NAME "term a | a | a\n", "a.kind:3: a term belongs"},
        {KIND "field 1 m ENUM LWW+K | M | M\nterm a | a | a\nterm a | a | a\n", "a.kind:4: term a stands twice"},
        {KIND "field 1 m ENUM LWW+K | M | M\nterm A | a | a\n", "a.kind:3: term A"},
        {KIND "field 1 m ENUM LWW+K | M | M\nterm a | a\n", "a.kind:3: needs two labels"},
        {KIND, "a.kind:1: kind person has no fields"},
        {NAME, "a.kind:1: a field belongs below a kind"},
        {"kind 1 person PE tlp=clear | P | P\n" NAME, "a.kind:1: prefix PE"},
        {"kind 1 person PER tlp=white | P | P\n" NAME, "a.kind:1: kind NUMBER NAME PREFIX"},
        {"kind 1 person PER | P | P\n" NAME, "a.kind:1: kind NUMBER NAME PREFIX"},
        {"kind 70000 person PER tlp=clear | P | P\n" NAME, "a.kind:1: kind number 70000"},
        {"kind x person PER tlp=clear | P | P\n" NAME, "a.kind:1: kind number x"},
        {KIND NAME "fields 2 b TEXT LWW+K | B | B\n", "a.kind:3: unknown word fields"},
        {KIND NAME "list l\nlist l\n", "a.kind:4: list l stands twice"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++)
        check_kind(t[i].text, t[i].want);
}

static void
faulty_tables_of_countries_are_refused(void **state)
{
    static const struct {
        const char *text, *want;
    } t[] = {
        {"", "countries.tsv: missing or empty"},
        {"ET\tEthiopia\n", "countries.tsv:1: code, English"},
        {"Et\tEthiopia\tÉthiopie\n", "countries.tsv:1: code, English"},
        {"ET\tEthiopia\tÉthiopie\tABC\n", "countries.tsv:1: group ABC"},
        {"FR\tF\tF\nET\tEthiopia\tÉthiopie\n", "countries.tsv:2: codes ascend"},
        {"ET\tEthiopia\tÉthiopie\t\t\t2020-01-01\n", "countries.tsv:1: left without having joined"},
        {"ET\tEthiopia\tÉthiopie\t\t2020\n", "countries.tsv:1: date 2020"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        write_file("countries.tsv", t[i].text);
        check_kind(KIND NAME, t[i].want);
    }
    write_file("countries.tsv", "ET\tEthiopia\tÉthiopie\tAFR\n");
    write_file("places.tsv", "The Hague\n");
    check_kind(KIND NAME, "places.tsv:1: two names");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_real_files_pass),
        cmocka_unit_test(a_small_kind_passes),
        cmocka_unit_test(mistakes_are_refused_with_their_line),
        cmocka_unit_test(faulty_tables_of_countries_are_refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
