/*
 * How something goes to an addressee, and when it went, see sending.h.
 */
#include <string.h>
#include <strings.h>

#include "sending.h"
#include "words.h"

#define DAY_S 86400

const struct vls_field *
sending_field(const char *name)
{
    return vls_field_by_name(vls_kind_by_name("transmission"), name);
}

const char *
sending_addressee(const struct cli *c, const char *to, const char *detail, char *out)
{
    const struct vls_field *field = sending_field("to");
    int rank = vls_term_rank(field, vls_slice_str(to));

    snprintf(out, WORDS_TEXT, "%s%s%s", rank < 0 ? to : vls_label_in(field->terms[rank].label, c->lang),
             *detail != '\0' ? " " : "", detail);
    return out;
}

static void
channels_list(const struct vls_field *field, char *out, size_t size)
{
    size_t i, n = 0;

    for (i = 0; i < field->n_terms && n < size; i++)
        n += (size_t)snprintf(out + n, size - n, "%s%s", i == 0 ? "" : ", ", field->terms[i].name);
}

enum vls_code
sending_channel(struct cli *c, const char **out, struct vls_error *err)
{
    const struct vls_field *field = sending_field("channel");
    const char *given = args_value(&c->args, "channel");
    char line[PROMPT_LINE_MAX], all[256];
    enum vls_code rc;
    unsigned long no;
    char *end;
    size_t i;

    if (given != NULL) {
        int rank = vls_term_rank(field, vls_slice_str(given));

        channels_list(field, all, sizeof all);
        if (rank < 0)
            return cli_fail(c, err, VLS_EUSAGE, _("--channel is one of: %s"), all);
        *out = field->terms[rank].name;
        return VLS_OK;
    }
    if (!c->ask) {
        channels_list(field, all, sizeof all);
        return cli_fail(c, err, VLS_EUSAGE,
                        c->yes ? _("how does it go? Give --channel, one of: %s")
                               : _("how does it go? Give --yes and --channel, one of: %s"),
                        all);
    }
    for (i = 0; i < field->n_terms; i++)
        out_line(c, "%2zu  %s", i + 1, vls_label_in(field->terms[i].label, c->lang));
    if ((rc = prompt_line(c, line, _("Channel, by number:"), "--channel", err)) != VLS_OK)
        return rc;
    for (i = 0; i < field->n_terms; i++) /* the words that were shown are an answer too */
        if (strcasecmp(line, field->terms[i].name) == 0 ||
            strcasecmp(line, vls_label_in(field->terms[i].label, c->lang)) == 0) {
            *out = field->terms[i].name;
            return VLS_OK;
        }
    no = strtoul(line, &end, 10);
    if (*end != '\0' || no < 1 || no > field->n_terms)
        return cli_fail(c, err, VLS_ECANCELLED, _("none was chosen"));
    *out = field->terms[no - 1].name;
    return VLS_OK;
}

enum vls_code
sending_check(struct cli *c, const char *channel, const char *marking, struct vls_error *err)
{
    bool public = strcmp(channel, "press") == 0 || strcmp(channel, "public-record") == 0;

    if (!public || strcmp(marking, "clear") == 0)
        return VLS_OK;
    return cli_fail(c, err, VLS_EVALUE, _("“%s” is read by everybody and carries only what is marked CLEAR"), channel);
}

enum vls_code
sending_time(struct cli *c, struct vls_instant *out, struct vls_error *err)
{
    const char *sent = args_value(&c->args, "sent");

    *out = (struct vls_instant){c->now, 0, VLS_TO_MINUTE};
    if (sent != NULL && !vls_instant_parse(out, sent, 0))
        return cli_fail(c, err, VLS_EUSAGE, _("--sent is a time such as 2027-03-08T09:10Z"));
    if (out->unix_s > c->now + DAY_S) /* a day: clocks and zones differ */
        return cli_fail(c, err, VLS_EUSAGE, _("--sent lies in the future: %.40s\nSay when it went, once it went."),
                        sent);
    return VLS_OK;
}
