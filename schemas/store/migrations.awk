# Turns the numbered migrations into a C table, on stdout:
#     awk -f migrations.awk 0001_name.sql 0002_name.sql … > migrations.c
# POSIX awk. A statement ends with a semicolon at the end of a line; "--" begins a comment, so neither
# may stand inside a string. What is wrong is said on stderr and the exit status is then 1.

function complain(what) {
    print FILENAME ":" FNR ": " what | "cat 1>&2"
    bad = 1
}

function end_file() {
    if (n_files > 0 && text != "") {
        complain("the last statement has no semicolon")
        text = ""
    }
}

BEGIN {
    print "/* Generated from schemas/store by migrations.awk. */"
    print "#include \"sync/store/store_int.h\"\n"
}

FNR == 1 {
    end_file()
    n_files++
    name = FILENAME
    sub(/^.*\//, "", name)
    if (name !~ /^[0-9][0-9][0-9][0-9]_[a-z0-9_]+\.sql$/ || substr(name, 1, 4) + 0 != n_files)
        complain("migration " n_files " is expected here, as NNNN_name.sql")
}

{
    line = $0
    sub(/--.*$/, "", line)
    gsub(/[ \t]+/, " ", line)
    sub(/^ /, "", line)
    sub(/ $/, "", line)
    if (line == "")
        next
    gsub(/\\/, "\\\\", line)
    gsub(/"/, "\\\"", line)
    text = text (text == "" ? "" : " ") line
    if (line ~ /;$/) {
        if (length(text) > 4000) # C11 promises 4095 characters in a literal
            complain("a statement longer than 4000 characters")
        statement[n_files] = statement[n_files] "    \"" text "\",\n"
        text = ""
    }
}

END {
    end_file()
    for (i = 1; i <= n_files; i++)
        print "static const char *const migration_" i "[] = {\n" statement[i] "    NULL\n};\n"
    print "const char *const *const vls__migrations[] = {"
    for (i = 1; i <= n_files; i++)
        print "    migration_" i ","
    print "};"
    print "const int vls__n_migrations = " n_files ";"
    exit bad
}
