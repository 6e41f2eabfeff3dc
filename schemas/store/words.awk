# Turns words.txt into C: awk -f words.awk words.txt > words.c. Refuses a list that breaks its rules:
# 2048 words (11 bits each) of 4 to 7 letters a to z, ascending, no two with the same first four letters.
function refuse(why) {
    printf "%s:%d: %s\n", FILENAME, FNR, why > "/dev/stderr"
    bad = 1
    exit 1
}
BEGIN {
    print "/* Made from schemas/store/words.txt. */"
    print "#include \"crypto/keyring/words.h\"\n"
    print "const char vls__words[VLS__N_WORDS][8] = {"
}
{
    if ($0 !~ /^[a-z]+$/ || length($0) < 4 || length($0) > 7)
        refuse("\"" $0 "\" is not a word of 4 to 7 letters")
    if ($0 <= last)
        refuse("\"" $0 "\" does not come after \"" last "\"")
    if (substr($0, 1, 4) == substr(last, 1, 4))
        refuse("\"" $0 "\" begins like \"" last "\"")
    last = $0
    printf "    \"%s\",\n", $0
}
END {
    if (bad)
        exit 1
    if (NR != 2048)
        refuse(NR " words instead of 2048")
    print "};"
}
