# Turns header.kind, lists.kind and every other *.kind into the C tables of sync/domain, on stdout:
#     awk -f kinds.awk *.kind > kinds.c
# countries.tsv and places.tsv are read from the folder of header.kind. POSIX awk. What is wrong with
# the input is said as file:line on stderr, all of it, and the exit status is then 1.
# README.md in this folder has the format.

function complain(at, what) {
    print at ": " what | "cat 1>&2"
    bad = 1
}

function here() {
    return FILENAME ":" FNR
}

function trim(s) {
    gsub(/^[ \t]+|[ \t]+$/, "", s)
    return s
}

function c_string(s) {
    gsub(/\\/, "\\\\", s)
    gsub(/"/, "\\\"", s)
    return "\"" s "\""
}

function c_name(s) {
    gsub(/[^a-z0-9]/, "_", s)
    return s
}

function labels(at, n) {
    if (n != 3 || trim(part[2]) == "" || trim(part[3]) == "")
        complain(at, "needs two labels: | English | French")
    label_en = trim(part[2])
    label_fr = trim(part[3])
}

function c_label(en, fr) {
    return "{" c_string(en) ", " c_string(fr) "}"
}

function add_term(owner, name, en, fr) {
    if (name !~ /^[a-z0-9][a-z0-9+-]*$/)
        complain(here(), "term " name ": lower case, digits, + and - only")
    if ((owner, name) in term_seen)
        complain(here(), "term " name " stands twice")
    term_seen[owner, name] = 1
    n_terms[owner]++
    term_text[owner, n_terms[owner]] = "    {" c_string(name) ", " c_label(en, fr) "},"
}

BEGIN {
    n = split("TEXT ENUM BOOL INT DATE INSTANT COUNTRY REF BYTES ENTRY", a, " ")
    for (i = 1; i <= n; i++)
        is_type[a[i]] = 1
    n = split("IMM LWW+K CITE REFINE MV RESTRICT ALERT EARLY FWD AWS GSET RWS LOG PARA MAP REFDATA DERIVED", a, " ")
    for (i = 1; i <= n; i++)
        is_policy[a[i]] = 1
    # Policies that only mean something for some types.
    needs["REFINE"] = "DATE"
    needs["RESTRICT"] = "ENUM"
    needs["ALERT"] = "ENUM"
    needs["FWD"] = "ENUM"
    needs["EARLY"] = "DATE INSTANT"
    needs["LOG"] = "ENTRY"
    needs["PARA"] = "TEXT"
    n = split("required title search name parent positional switch release originator", a, " ")
    for (i = 1; i <= n; i++)
        is_flag[a[i]] = 1
    # Options that every command has: a field of that name could not be typed.
    n = split("home json plain quiet verbose dry-run yes no-input no-pager color lang help version", a, " ")
    for (i = 1; i <= n; i++)
        is_reserved[a[i]] = 1
    n = split("clear green amber amber+strict red", a, " ")
    for (i = 1; i <= n; i++)
        is_tlp[a[i]] = 1
    n_kinds = n_fields = n_lists = 0
}

FNR == 1 { kind = owner = "" }

/^[ \t]*(#|$)/ { next }

{
    n_parts = split($0, part, "|")
    n_words = split(part[1], word, " ")
}

word[1] == "header" {
    if (n_words != 1 || n_parts != 1)
        complain(here(), "header stands alone on its line")
    kind = "header"
    owner = ""
    folder = FILENAME
    sub(/[^\/]*$/, "", folder)
    next
}

word[1] == "kind" {
    labels(here(), n_parts)
    owner = ""
    kind = word[3]
    tlp = ""
    if (n_words > 4 && word[5] ~ /^tlp=/)
        tlp = substr(word[5], 5)
    if (n_words != 5 || !(tlp in is_tlp))
        complain(here(), "kind NUMBER NAME PREFIX tlp=MARKING | English | French")
    if (word[2] !~ /^[1-9][0-9]*$/ || word[2] + 0 > 65535)
        complain(here(), "kind number " word[2])
    if (kind !~ /^[a-z][a-z-]*$/)
        complain(here(), "kind name " kind ": lower case and - only")
    if (word[4] !~ /^[A-Z][A-Z][A-Z]$/)
        complain(here(), "prefix " word[4] ": three capital letters")
    if (word[2] in kind_no_seen || kind in kind_no || word[4] in prefix_seen)
        complain(here(), "number, name or prefix of kind " kind " is taken")
    kind_no_seen[word[2]] = prefix_seen[word[4]] = 1
    n_kinds++
    kind_order[n_kinds] = kind
    kind_no[kind] = word[2]
    kind_prefix[kind] = word[4]
    kind_tlp[kind] = tlp
    kind_label[kind] = c_label(label_en, label_fr)
    kind_at[kind] = here()
    next
}

word[1] == "list" {
    owner = "list " word[2]
    if (n_words != 2 || n_parts != 1 || word[2] !~ /^[a-z][a-z-]*$/)
        complain(here(), "list NAME")
    if (owner in list_at)
        complain(here(), "list " word[2] " stands twice")
    list_at[owner] = here()
    n_lists++
    list_order[n_lists] = owner
    next
}

word[1] == "retired" {
    if (kind == "" || n_words != 2 || n_parts != 1 || word[2] !~ /^[1-9][0-9]*$/)
        complain(here(), "retired NUMBER, below a kind")
    if ((kind, word[2]) in field_no_seen)
        complain(here(), "number " word[2] " is in use")
    field_no_seen[kind, word[2]] = 1
    next
}

word[1] == "term" {
    labels(here(), n_parts)
    if (owner == "")
        complain(here(), "a term belongs below a list or an ENUM or ENTRY field without list=")
    else if (n_words != 2)
        complain(here(), "term NAME | English | French")
    else
        add_term(owner, word[2], label_en, label_fr)
    next
}

word[1] == "field" {
    labels(here(), n_parts)
    at = here()
    owner = ""
    no = word[2]
    name = word[3]
    type = word[4]
    policy = word[5]
    if (kind == "") {
        complain(at, "a field belongs below a kind or the header")
        next
    }
    if (n_words < 5)
        complain(at, "field NUMBER NAME TYPE POLICY [option ...] | English | French")
    low = kind == "header" ? 1001 : 1
    if (no !~ /^[1-9][0-9]*$/ || no + 0 < low || no + 0 > low + 998)
        complain(at, "field number " no " is not in " low ".." (low + 998))
    if ((kind, no) in field_no_seen)
        complain(at, "field number " no " is taken or retired")
    field_no_seen[kind, no] = 1
    if (name !~ /^[a-z][a-z0-9-]*$/ || name in is_reserved)
        complain(at, "field name " name ": lower case, digits and -, not an option of every command")
    if ((kind, name) in field_name_at)
        complain(at, "field name " name " stands twice")
    field_name_at[kind, name] = at
    if (!(type in is_type))
        complain(at, "unknown type " type)
    if (!(policy in is_policy))
        complain(at, "unknown policy " policy)
    if (policy in needs && index(" " needs[policy] " ", " " type " ") == 0)
        complain(at, "policy " policy " needs " needs[policy])
    if (type == "ENTRY" && policy != "LOG")
        complain(at, "type ENTRY needs LOG")
    flags = ref = list = ""
    for (i = 6; i <= n_words; i++) {
        o = word[i]
        if (o in is_flag)
            flags = flags (flags == "" ? "" : " | ") "VLS_F_" toupper(o)
        else if (o ~ /^ref=./)
            ref = substr(o, 5)
        else if (o ~ /^list=./)
            list = substr(o, 6)
        else
            complain(at, "unknown option " o)
    }
    if ((policy == "DERIVED" || policy == "REFDATA") && flags != "")
        complain(at, policy ": nobody gives it a value, so it has no flags")
    if ((type == "REF") != (ref != ""))
        complain(at, "ref=KIND or ref=any goes with REF, and only with it")
    if (list != "" && type != "ENUM")
        complain(at, "list= goes with ENUM")
    if (index(flags, "VLS_F_PARENT")) {
        if (type != "REF" || policy != "IMM" || ref == "any" || kind in parent_of)
            complain(at, "parent: one REF under IMM, to one kind")
        parent_of[kind] = ref
    }
    if (index(flags, "VLS_F_SWITCH") && type != "ENUM")
        complain(at, "switch goes with ENUM")
    n_fields++
    f_at[n_fields] = at
    f_kind[n_fields] = kind
    f_no[n_fields] = no
    f_name[n_fields] = name
    f_type[n_fields] = type
    f_policy[n_fields] = policy
    f_flags[n_fields] = flags == "" ? "0" : flags
    f_ref[n_fields] = ref
    f_label[n_fields] = c_label(label_en, label_fr)
    if (list != "")
        f_terms[n_fields] = "list " list
    else if (type == "ENUM" || type == "ENTRY")
        f_terms[n_fields] = owner = kind " " name
    else
        f_terms[n_fields] = ""
    next
}

{ complain(here(), "unknown word " word[1]) }

# ---- what can be checked only when everything was read, then the tables ----

function check_all(  i, j, k) {
    for (i = 1; i <= n_fields; i++) {
        if (f_terms[i] ~ /^list / && !(f_terms[i] in list_at))
            complain(f_at[i], "no " f_terms[i])
        else if (f_terms[i] != "" && !(f_terms[i] in n_terms))
            complain(f_at[i], "field " f_name[i] " has no terms")
        if (f_ref[i] != "" && f_ref[i] != "any" && !(f_ref[i] in kind_no))
            complain(f_at[i], "no kind " f_ref[i])
        if (f_kind[i] != "header" && ("header", f_name[i]) in field_name_at)
            complain(f_at[i], "every record has a field " f_name[i] " in its header")
        count[f_kind[i]]++
    }
    for (k = 1; k <= n_kinds; k++)
        if (!(kind_order[k] in count))
            complain(kind_at[kind_order[k]], "kind " kind_order[k] " has no fields")
    if (folder == "" && !("header" in count))
        complain("header.kind", "missing, or without fields")
    # by number, so that tables do not depend on the order of files
    for (i = 2; i <= n_kinds; i++)
        for (j = i; j > 1 && kind_no[kind_order[j]] + 0 < kind_no[kind_order[j - 1]] + 0; j--) {
            k = kind_order[j]
            kind_order[j] = kind_order[j - 1]
            kind_order[j - 1] = k
        }
}

function put_terms(owner,  i) {
    print "static const struct vls_term t_" c_name(owner) "[] = {"
    for (i = 1; i <= n_terms[owner]; i++)
        print term_text[owner, i]
    print "};"
}

function put_fields(k,  i, t) {
    for (i = 1; i <= n_fields; i++)
        if (f_kind[i] == k && f_terms[i] != "" && f_terms[i] !~ /^list /)
            put_terms(f_terms[i])
    print (k == "header" ? "const struct vls_field vls__header" : "static const struct vls_field f_" c_name(k)) "[] = {"
    for (i = 1; i <= n_fields; i++) {
        if (f_kind[i] != k)
            continue
        t = f_policy[i]
        sub(/\+K/, "", t)
        print "    {" f_no[i] ", " c_string(f_name[i]) ", VLS_T_" f_type[i] ", VLS_P_" t ", " f_flags[i] ","
        t = f_terms[i]
        print "     " (f_ref[i] in kind_no ? kind_no[f_ref[i]] : 0) ", " (t == "" ? "NULL, 0" : "t_" c_name(t) ", " n_terms[t]) ", " f_label[i] "},"
    }
    print "};"
}

function put_kinds(  i, k, p) {
    print "const struct vls_kind vls__kinds[] = {"
    for (i = 1; i <= n_kinds; i++) {
        k = kind_order[i]
        p = k in parent_of ? kind_no[parent_of[k]] : 0
        print "    {" kind_no[k] ", " c_string(k) ", " c_string(kind_prefix[k]) ", " kind_label[k] ","
        print "     " p ", f_" c_name(k) ", " count[k] ", " c_string(kind_tlp[k]) "},"
    }
    print "};"
    print "const size_t vls__n_kinds = " n_kinds ";"
    print "const size_t vls__n_header = " count["header"] ";"
}

# Days since 1970-01-01 of yyyy-mm-dd, by counting whole eras of 400 years from a March.
function day_of(at, s,  y, m, d, era) {
    if (s !~ /^[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]$/) {
        complain(at, "date " s)
        return 0
    }
    y = substr(s, 1, 4) + 0
    m = substr(s, 6, 2) + 0
    d = substr(s, 9, 2) + 0
    if (m <= 2)
        y--
    era = int(y / 400)
    y -= era * 400
    return era * 146097 + y * 365 + int(y / 4) - int(y / 100) + int((153 * (m > 2 ? m - 3 : m + 9) + 2) / 5) + d - 1 - 719468
}

function put_countries(  file, line, n_line, col, n, i, at, n_also, also, from, to, duty) {
    file = folder "countries.tsv"
    n_also = 0
    print "const struct vls_country vls__countries[] = {"
    n_countries = 0
    while ((getline line < file) > 0) {
        at = file ":" ++n_line
        if (line ~ /^#/ || line == "")
            continue
        n = split(line, col, "\t")
        if (n < 3 || n > 8 || col[1] !~ /^[A-Z][A-Z]$/ || col[2] == "" || col[3] == "")
            complain(at, "code, English, French, group, party from, party until, other names, obliged by the Security Council")
        for (i = n + 1; i <= 8; i++)
            col[i] = ""
        if (n_countries > 0 && col[1] <= last)
            complain(at, "codes ascend: " col[1])
        last = col[1]
        if (col[4] !~ /^(|AFR|APG|EEG|GRULAC|WEOG)$/)
            complain(at, "group " col[4])
        if (col[5] == "" && col[6] != "")
            complain(at, "left without having joined")
        from = col[5] == "" ? "VLS_DAY_MAX" : day_of(at, col[5])
        to = col[6] == "" ? "VLS_DAY_MAX" : day_of(at, col[6])
        if (col[8] !~ /^(|[1-9][0-9]*:....-..-..)$/)
            complain(at, "RESOLUTION:DAY of the Security Council: " col[8])
        n = split(col[8], duty, ":")
        print "    {" c_string(col[1]) ", " c_label(col[2], col[3]) ", " c_string(col[4]) ", " from ", " to ", " \
            c_string(n == 2 ? duty[1] : "") ", " (n == 2 ? day_of(at, duty[2]) : "VLS_DAY_MAX") "},"
        n = split(col[7], a, ";")
        for (i = 1; i <= n; i++)
            also[++n_also] = "    {" c_string(trim(a[i])) ", " n_countries "},"
        n_countries++
    }
    print "};"
    print "const size_t vls__n_countries = " n_countries ";"
    if (n_countries == 0)
        complain(file, "missing or empty")
    print "const struct vls__alias vls__country_aliases[] = {"
    for (i = 1; i <= n_also; i++)
        print also[i]
    print "};"
    print "const size_t vls__n_country_aliases = " n_also ";"
}

# Each line of places.tsv holds names of one place; all become aliases of the line.
function put_places(  file, line, n_line, n, i, rows, total) {
    file = folder "places.tsv"
    rows = total = n_line = 0
    print "const struct vls__alias vls__place_aliases[] = {"
    while ((getline line < file) > 0) {
        n_line++
        if (line ~ /^#/ || line == "")
            continue
        n = split(line, a, "\t")
        if (n < 2)
            complain(file ":" n_line, "two names at least, separated by tabs")
        for (i = 1; i <= n; i++) {
            if (a[i] == "")
                complain(file ":" n_line, "empty name")
            print "    {" c_string(a[i]) ", " rows "},"
            total++
        }
        rows++
    }
    print "};"
    print "const size_t vls__n_place_aliases = " total ";"
    if (rows == 0)
        complain(file, "missing or empty")
}

END {
    check_all()
    if (!bad) {
        print "/* Made by schemas/domain/kinds.awk. */"
        print "#include \"sync/domain/domain_int.h\"\n"
        for (l = 1; l <= n_lists; l++)
            put_terms(list_order[l])
        put_fields("header")
        for (l = 1; l <= n_kinds; l++)
            put_fields(kind_order[l])
        put_kinds()
        put_countries()
        put_places()
    }
    if (bad) {
        close("cat 1>&2")
        exit 1
    }
}
