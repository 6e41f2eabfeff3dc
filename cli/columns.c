/*
 * Tables: columns as wide as their widest cell where the screen has the room. Where it has not, the columns at the left
 * stay as long as enough is left for the rest, which goes on below itself; a long cell makes no other row wide. Where
 * they are read aloud there are no columns at all, and every line says what it is about.
 */
#include <string.h>

#include "cli.h"

#define LINE_MAX_BYTES (4u << 20) /* one value of a record is far below */
#define ROOM_MIN       24         /* columns that text needs to be read as text */
#define HANG           4          /* what goes on below its own line stands so far in */

void
table_init(struct table *t, size_t n_cols, size_t indent, size_t gap)
{
    *t = (struct table){.n_cols = n_cols, .indent = indent, .gap = gap};
}

static char *
cell_new(const char *text)
{
    struct vls_buf clean;
    char *cell = NULL;

    vls_buf_init(&clean, LINE_MAX_BYTES);
    sanitise(&clean, vls_slice_str(text), false);
    if (vls_buf_str(&clean) != NULL)
        cell = strdup(vls_buf_str(&clean));
    vls_buf_clear(&clean);
    return cell;
}

void
table_row(struct table *t, ...)
{
    va_list ap;
    size_t i;

    if (t->n_cells + t->n_cols > t->cap) {
        size_t cap = 2 * t->cap + 16 * t->n_cols;
        char **cell = realloc(t->cell, cap * sizeof(*cell));

        if (cell == NULL)
            return;
        t->cell = cell;
        t->cap = cap;
    }
    va_start(ap, t);
    for (i = 0; i < t->n_cols; i++) {
        const char *text = va_arg(ap, const char *);

        t->cell[t->n_cells++] = cell_new(text != NULL ? text : "");
    }
    va_end(ap);
}

void
table_clear(struct table *t)
{
    size_t i;

    for (i = 0; i < t->n_cells; i++)
        free(t->cell[i]);
    free(t->cell);
    t->cell = NULL;
    t->n_cells = t->cap = 0;
}

static void
table_widths(const struct table *t, size_t *widest)
{
    size_t i, width;

    for (i = 0; i < t->n_cells; i++) {
        width = t->cell[i] != NULL ? text_width(t->cell[i]) : 0;
        if (width > widest[i % t->n_cols])
            widest[i % t->n_cols] = width;
    }
}

typedef void line_fn(struct cli *c, const char *fmt, ...);

/* One table on its way out. */
struct layout {
    struct cli *c;
    const struct table *t;
    line_fn *put;
    size_t *widest;
    size_t width;     /* of the screen; 0: as wide as it gets */
    size_t n_aligned; /* columns that stay columns */
    size_t hang;      /* where the rest stands */
    struct vls_buf line;
    size_t at; /* columns of the line so far */
};

static void
line_end(struct layout *l)
{
    if (vls_buf_str(&l->line) != NULL)
        l->put(l->c, "%s", vls_buf_str(&l->line));
    vls_buf_reset(&l->line);
    l->at = 0;
}

static void
pad_to(struct layout *l, size_t column)
{
    if (column > l->at) {
        vls_buf_printf(&l->line, "%*s", (int)(column - l->at), "");
        l->at = column;
    }
}

static void
add(struct layout *l, const char *text, size_t n)
{
    char *copy = strndup(text, n);

    if (copy == NULL)
        return;
    vls_buf_printf(&l->line, "%s", copy);
    l->at += text_width(copy);
    free(copy);
}

static const char *
cell_of(const struct table *t, size_t first, size_t col)
{
    return t->cell[first + col] != NULL ? t->cell[first + col] : "";
}

static size_t
width_of(const char *text, size_t n)
{
    char *copy = strndup(text, n);
    size_t width = copy != NULL ? text_width(copy) : 0;

    free(copy);
    return width;
}

/* ---- as wide as it gets: a column that is empty in every row takes no room at all ---- */

static size_t
table_width(const struct table *t, const size_t *widest)
{
    size_t col, width = t->indent;

    for (col = 0; col < t->n_cols; col++)
        width += widest[col] > 0 ? widest[col] + (col + 1 < t->n_cols ? t->gap : 0) : 0;
    return width;
}

/* What is read aloud is not padded, where no label could say what a column would. */
static void
row_wide(struct layout *l, size_t first)
{
    const struct table *t = l->t;
    size_t col;

    pad_to(l, t->indent);
    for (col = 0; col < t->n_cols; col++) {
        const char *cell = cell_of(t, first, col);
        size_t from = l->at;

        add(l, cell, strlen(cell));
        if (col + 1 < t->n_cols && l->widest[col] > 0 && !(l->c->accessible && cell[0] == '\0'))
            pad_to(l, (l->c->accessible ? l->at : from + l->widest[col]) + t->gap);
    }
    line_end(l);
}

/* ---- narrower ---- */

/* A part of a cell: up to two blanks or more, which stand between what belongs apart. */
static const char *
piece_next(const char **text, size_t *n)
{
    const char *piece = *text + strspn(*text, " "), *end = strstr(piece, "  ");

    *n = end != NULL ? (size_t)(end - piece) : strlen(piece);
    *text = piece + *n;
    return piece;
}

/* Where the line ends: the last blank that it has room for, or the first, where even that is too far out; 0: none. */
static size_t
break_of(const struct layout *l, const char *piece, size_t n)
{
    size_t i, best = 0;

    for (i = 1; i < n; i++) {
        if (piece[i] != ' ')
            continue;
        if (best != 0 && l->at + width_of(piece, i) > l->width)
            break;
        best = i;
    }
    return best;
}

/* On the same line where it fits, else on the next one; broken at blanks where no line has room for it. */
static void
piece_put(struct layout *l, const char *piece, size_t n, bool begins)
{
    size_t blank;

    if (!begins && l->at + l->t->gap + width_of(piece, n) > l->width) {
        line_end(l);
        pad_to(l, l->hang);
    } else if (!begins) {
        pad_to(l, l->at + l->t->gap);
    }
    while (l->at + width_of(piece, n) > l->width && (blank = break_of(l, piece, n)) != 0) {
        add(l, piece, blank);
        line_end(l);
        pad_to(l, l->hang);
        piece += blank + 1;
        n -= blank + 1;
    }
    add(l, piece, n);
}

static void
row_narrow(struct layout *l, size_t first)
{
    const struct table *t = l->t;
    bool begins = true;
    size_t col, n, from;

    pad_to(l, t->indent);
    for (col = 0; col < l->n_aligned; col++) {
        from = l->at;
        add(l, cell_of(t, first, col), strlen(cell_of(t, first, col)));
        if (l->widest[col] > 0)
            pad_to(l, from + l->widest[col] + t->gap);
    }
    if (l->n_aligned == 0 && cell_of(t, first, 0)[0] == '\0') /* it goes on with what the row before began */
        pad_to(l, l->hang);
    for (; col < t->n_cols; col++) {
        const char *text = cell_of(t, first, col), *piece;

        while (piece = piece_next(&text, &n), n > 0) {
            piece_put(l, piece, n, begins);
            begins = false;
        }
    }
    line_end(l);
}

/* As many columns as leave room for what follows them. */
static void
columns_choose(struct layout *l)
{
    const struct table *t = l->t;
    size_t at = t->indent;

    l->n_aligned = 0;
    l->hang = t->indent + HANG < l->width ? t->indent + HANG : 0;
    while (l->n_aligned + 1 < t->n_cols) {
        at += l->widest[l->n_aligned] > 0 ? l->widest[l->n_aligned] + t->gap : 0;
        if (at + ROOM_MIN > l->width)
            break;
        l->n_aligned++;
        l->hang = at;
    }
}

/* ---- read aloud ---- */

/* "Not yet shared with the Court: INF-256HGJX, Ireland, 10 h", whatever stands above it. */
static void
row_spoken(struct layout *l, size_t first, const char *label)
{
    bool begins = true;
    size_t col, n;

    add(l, label, strlen(label));
    for (col = 1; col < l->t->n_cols; col++) {
        const char *text = cell_of(l->t, first, col), *piece;

        while (piece = piece_next(&text, &n), n > 0) {
            const char *between = begins ? (*label != '\0' ? _(": ") : "") : ", ";

            add(l, between, strlen(between));
            add(l, piece, n);
            begins = false;
        }
    }
    line_end(l);
}

/* Everything in the table, which is then empty. */
static void
table_to(struct cli *c, struct table *t, line_fn *put)
{
    struct layout l = {.c = c, .t = t, .put = put, .width = t->wrap > 0 && c->columns == 0 ? t->wrap : c->columns};
    const char *label = "";
    bool narrow;
    size_t i;

    vls_buf_init(&l.line, LINE_MAX_BYTES);
    if ((l.widest = calloc(t->n_cols + 1, sizeof(*l.widest))) == NULL)
        goto out;
    table_widths(t, l.widest);
    narrow = !c->accessible && l.width > 0 && table_width(t, l.widest) > l.width;
    if (narrow)
        columns_choose(&l);
    for (i = 0; i < t->n_cells; i += t->n_cols) {
        label = cell_of(t, i, 0)[0] != '\0' ? cell_of(t, i, 0) : label;
        if (c->accessible && t->labelled)
            row_spoken(&l, i, label);
        else if (narrow)
            row_narrow(&l, i);
        else
            row_wide(&l, i);
    }
out:
    free(l.widest);
    vls_buf_clear(&l.line);
    table_clear(t);
}

void
table_print(struct cli *c, struct table *t)
{
    table_to(c, t, out_line);
}

void
table_note(struct cli *c, struct table *t)
{
    table_to(c, t, complain);
}
