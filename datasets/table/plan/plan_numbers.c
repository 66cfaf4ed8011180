/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the numbers of each column are written, decided by all values of the sample together. */
#include "datasets/table/plan/plan.h"
#include "datasets/text/number_form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What was found of the values of a column. */
typedef struct tally {
    size_t values, plain, words, dressed; /* words: true and false; dressed: numbers in some dress */
    ds_mark_tally marks;
    size_t parted, scaled, with_unit, remarked, money, bracketed, minus, late_minus;
    char unit[16], remark_unit[16], remark[32]; /* the last: all of a value with one */
    char with[32], bare[32];                    /* the first value with a unit or a currency, and without */
    bool units_differ, remarks_differ;
    bool kelvin;          /* the column is one of temperatures, and all scales were K */
    const char *currency; /* the first */
    size_t distinct;      /* texts, where units differ */
    unsigned pairs;       /* of opposites that all words are of */
    int word_values;      /* 1: a word for no was seen; 2: one for yes */
    bool single;          /* some word is a single letter */
} tally;

static void keep(char example[32], ds_text text)
{
    if (!*example)
        snprintf(example, 32, "%.*s", (int)text.length, text.text);
}

static void take_unit(tally *t, const ds_number_parts *p, ds_text text)
{
    if (!*p->unit)
        return;
    if (p->remark) {
        t->remarks_differ |= t->remarked > 0 && strcmp(t->remark_unit, p->unit) != 0;
        t->remarked++;
        memcpy(t->remark_unit, p->unit, sizeof t->remark_unit);
        snprintf(t->remark, sizeof t->remark, "%.*s", (int)text.length, text.text);
        return;
    }
    if ((p->glued || strlen(p->unit) > 2) && ds_number_scale(p->unit)) {
        t->scaled++;
        t->kelvin &= strcmp(p->unit, "K") == 0;
        return;
    }
    t->units_differ |= t->with_unit > 0 && !ds_number_same_unit(t->unit, p->unit);
    if (t->with_unit++ == 0)
        memcpy(t->unit, p->unit, sizeof t->unit);
    keep(t->with, text);
}

static bool take_word(tally *t, ds_text text)
{
    unsigned pairs;
    bool sure;
    const int value = ds_number_word(text.text, text.length, &pairs, &sure);
    if (value < 0)
        return false;
    t->pairs = t->words++ ? t->pairs & pairs : pairs;
    t->word_values |= 1 << value;
    t->single |= !sure;
    return true;
}

static void take_text(tally *t, ds_text text, bool decimal_comma)
{
    double value;
    ds_number_parts p;
    t->values++;
    if (ds_number_parse(text.text, text.length, decimal_comma, &value) == DS_NUMBER_OK) {
        t->plain++;
        keep(t->bare, text);
        t->marks.points += memchr(text.text, '.', text.length) != NULL;
        if (decimal_comma && ds_number_take_apart(text.text, text.length, &p))
            t->marks.marks[ds_number_marks_of(&p)] += strchr(p.core, ',') != NULL;
        return;
    }
    if (take_word(t, text))
        return;
    if (text.length > 200 || !ds_number_take_apart(text.text, text.length, &p) ||
        ds_number_marks_of(&p) == DS_MARKS_BAD)
        return;
    t->dressed++;
    t->marks.marks[ds_number_marks_of(&p)]++;
    t->marks.points += strchr(p.core, '.') && !strchr(p.core, ',');
    t->marks.pointed += strchr(p.core, '.') != NULL;
    t->marks.parting = p.parting ? p.parting : t->marks.parting;
    t->parted += p.parting != 0;
    t->money += p.currency != NULL;
    t->currency = t->currency ? t->currency : p.currency;
    if (p.currency)
        keep(t->with, text);
    t->bracketed += p.bracketed;
    t->minus += p.odd_minus;
    t->late_minus += p.late_minus;
    take_unit(t, &p, text);
}

static int compare_texts(const void *a, const void *b)
{
    const ds_text *x = a, *y = b;
    if (x->length != y->length)
        return x->length < y->length ? -1 : 1;
    return memcmp(x->text, y->text, x->length);
}

static size_t count_distinct(ds_text *values, size_t count)
{
    size_t distinct = count > 0;
    qsort(values, count, sizeof *values, compare_texts);
    for (size_t i = 1; i < count; i++)
        distinct += compare_texts(&values[i - 1], &values[i]) != 0;
    return distinct;
}

/* Of which K is the unit. */
static bool is_temperature(const char *name)
{
    return strcasestr(name, "temp") || strcasestr(name, "kelvin");
}

static int take_column(ds_ingest *in, ds_plan_rows rows, int column, tally *t)
{
    size_t count;
    ds_text *values = ds_plan_values(in, rows, column, &count);
    if (!values)
        return ds_ingest_no_memory(in);
    t->kelvin = is_temperature(in->columns[column].name);
    for (size_t i = 0; i < count; i++)
        take_text(t, values[i], in->options->decimal_comma);
    if (t->units_differ)
        t->distinct = count_distinct(values, count);
    free(values);
    return NN_OK;
}

/* Columns written alike are spoken of together. */
typedef struct speech {
    char names[300], text[400];
    int count;
} speech;

static int say(ds_ingest *in, const speech *s)
{
    return s->count ? ds_reason_add(in, DS_REASON_SAID, NULL, "numbers of %s: %s", s->names, s->text) : NN_OK;
}

static void describe(const tally *t, const ds_number_form *form, char *text, size_t size)
{
    size_t n = 0;
    const struct {
        bool is;
        const char *what;
    } dress[] = {
        {form->thousands == ',' && t->marks.marks[DS_MARKS_THOUSANDS] + t->marks.marks[DS_MARKS_EITHER],
         "commas mark thousands"},
        {form->thousands == '.', "points mark thousands"},
        {t->parted && form->thousands == ' ', "blanks mark thousands"},
        {t->parted && form->thousands == '\'', "apostrophes mark thousands"},
        {t->money > 0, "the sign of a currency is taken off"},
        {form->scaled, "K, M, B and T multiply"},
        {t->bracketed > 0, "brackets mean less than zero"},
        {t->late_minus > 0, "a minus behind the digits means less than zero"},
        {form->words, "true or yes is 1, false or no is 0"}};
    *text = '\0';
    for (size_t i = 0; i < sizeof dress / sizeof *dress; i++)
        if (dress[i].is && n < size)
            n += (size_t)snprintf(text + n, size - n, "%s%s", n ? ", " : "", dress[i].what);
    if (form->remarks && n < size)
        n += (size_t)snprintf(text + n, size - n, "%smarks behind numbers, such as in '%s', are taken off",
                              n ? ", " : "", t->remark);
    if (*form->unit && n < size)
        snprintf(text + n, size - n, "%sthe unit '%s' is taken off", n ? ", " : "", form->unit);
}

static int join(ds_ingest *in, const ds_column *c, const char *text, speech *s)
{
    int code = NN_OK;
    if (!*text)
        return code;
    if (s->count && strcmp(s->text, text) != 0) {
        code = say(in, s);
        s->count = 0;
    }
    const size_t used = s->count ? strlen(s->names) : 0;
    if (used + 40 < sizeof s->names)
        snprintf(s->names + used, sizeof s->names - used, "%s'%.100s'", s->count ? ", " : "", c->name);
    snprintf(s->text, sizeof s->text, "%s", text);
    s->count++;
    return code;
}

static int set_form(ds_ingest *in, int column, const tally *t, const ds_evidence *e, ds_file_marks file,
                    speech *s)
{
    ds_column *c = &in->columns[column];
    ds_number_form form = {
        .scaled = t->scaled > 0, .words = t->words > 0, .remarks = t->remarked > 0, .currency = t->currency};
    /* What only some values have is no unit. */
    if (t->with_unit && 2 * t->with_unit > t->values && !t->scaled)
        memcpy(form.unit, t->unit, sizeof form.unit);
    memcpy(form.example, *form.unit || form.currency ? t->with : t->bare, sizeof form.example);
    int code = ds_plan_marks(in, column, &t->marks, e, file, &form);
    if (code || (!t->dressed && !form.words && !form.thousands))
        return code;
    if (!c->form && !(c->form = malloc(sizeof *c->form)))
        return ds_ingest_no_memory(in);
    *c->form = form;
    if (form.thousands == ',' || form.thousands == '.')
        in->table->layout.thousands = form.thousands;
    char text[400];
    describe(t, &form, text, sizeof text);
    return join(in, c, text, s);
}

static bool is_value(const ds_ingest *in, int i)
{
    const ds_column *c = &in->columns[i];
    for (int p = 0; p < in->pieces; p++)
        if (in->piece[p].column == i)
            return false;
    return c->role == DS_ROLE_OPEN && (!in->any_asked || c->asked);
}

/* One code with leading zeros in every row, as of a station: no number. */
static bool is_code(const ds_ingest *in, ds_plan_rows rows, int column)
{
    const ds_text code = ds_sample_cell(rows.sample, rows.first, column);
    if (code.length < 3 || code.text[0] != '0' || in->columns[column].asked ||
        rows.first + 3 > rows.sample->row_count)
        return false;
    for (size_t i = 0; i < code.length; i++)
        if (code.text[i] < '0' || code.text[i] > '9')
            return false;
    for (size_t r = rows.first; r < rows.sample->row_count; r++) {
        const ds_text t = ds_sample_cell(rows.sample, r, column);
        if (rows.sample->rows[r].count == in->count &&
            (t.length != code.length || memcmp(t.text, code.text, t.length) != 0))
            return false;
    }
    return strspn(code.text, "0") < code.length; /* nothing but zeros is a number */
}

static void take_code(ds_column *c, ds_text code)
{
    c->role = DS_ROLE_TEXT;
    memcpy(c->sample, code.text, code.length < sizeof c->sample ? code.length : sizeof c->sample - 1);
}

/* Marks behind most values are a unit. */
static void settle_remarks(tally *t)
{
    if (2 * t->remarked <= t->values)
        return;
    t->units_differ |= t->remarks_differ || t->with_unit > 0;
    t->with_unit += t->remarked;
    t->remarked = 0;
    memcpy(t->unit, t->remark_unit, sizeof t->unit);
    if (!*t->with)
        memcpy(t->with, t->remark, sizeof t->with);
}

/* Words of one pair of opposites; of single letters both must be seen. */
static bool are_words(const tally *t)
{
    return t->words > 0 && t->words + t->plain == t->values && t->pairs &&
           (!t->single || t->word_values == 3);
}

/* Values in several units are numbers in which something is wrong, if most of them differ, and a text such as
 * the size of a pack, if not. */
static bool are_texts_with_units(const tally *t)
{
    return t->units_differ ? 2 * t->distinct <= t->values : t->with_unit && 2 * t->with_unit <= t->values;
}

/* A column is one of numbers when at least half of its values are, in some dress. */
static int decide_column(ds_ingest *in, int i, tally *t, const ds_evidence *e, ds_file_marks file, speech *s)
{
    ds_column *c = &in->columns[i];
    settle_remarks(t);
    if (t->kelvin && t->scaled == t->dressed + t->plain) { /* a unit after all */
        t->with_unit = t->scaled;
        t->scaled = 0;
        memcpy(t->unit, "K", 2);
    }
    const bool words = are_words(t);
    const bool units = are_texts_with_units(t);
    const size_t read = t->plain + t->dressed + (words ? t->words : 0) - (units ? t->with_unit : 0);
    size_t offences = 0; /* cannot make a text of a column that was one of numbers */
    for (int k = 0; k < in->offences->count; k++)
        offences += in->offences->list[k].column == i;
    c->numeric = t->values > 0 && 2 * read >= t->values - offences;
    t->words = words ? t->words : 0;
    return c->numeric ? set_form(in, i, t, e, file, s) : NN_OK;
}

/* --decimal-comma on commas that all stand before three digits. */
static int warn_of_thousands(ds_ingest *in, int i, const ds_mark_tally *t)
{
    if (!in->options->decimal_comma || in->options->thousands || t->marks[DS_MARKS_EITHER] < 3 ||
        t->marks[DS_MARKS_DECIMAL_COMMA])
        return NN_OK;
    return ds_reason_add(
        in, DS_REASON_SAID, "--thousands ,",
        "every comma in '%.100s' stands before exactly three digits: if they mark thousands, "
        "--thousands , reads them",
        in->columns[i].name);
}

static void note_marks(ds_file_marks *file, const tally *t, const ds_evidence *e)
{
    const size_t *marks = t->marks.marks;
    file->points |= t->values ? t->marks.points > 0 : e->whole < e->numbers;
    file->decimal_point |= e->pointed > 0 || (marks[DS_MARKS_THOUSANDS] && t->marks.pointed);
    file->commas |= marks[DS_MARKS_DECIMAL_COMMA] > 0;
    file->thousands |= marks[DS_MARKS_THOUSANDS] > 0;
    file->point_groups |= marks[DS_MARKS_POINTS] > 0;
}

int ds_plan_numbers(ds_ingest *in, ds_plan_rows rows, const ds_evidence *all)
{
    tally *tallies = calloc((size_t)in->count, sizeof *tallies);
    ds_file_marks file = {0};
    speech s = {.count = 0};
    int code = tallies ? NN_OK : ds_ingest_no_memory(in);
    const bool every = in->options->decimal_comma || in->options->thousands;
    for (int i = 0; i < in->count && !code; i++) {
        if (!is_value(in, i))
            continue;
        if (is_code(in, rows, i)) {
            take_code(&in->columns[i], ds_sample_cell(rows.sample, rows.first, i));
            continue;
        }
        if (every || all[i].numbers < all[i].values || ds_points_look_grouped(&all[i]))
            code = take_column(in, rows, i, &tallies[i]);
        note_marks(&file, &tallies[i], &all[i]);
    }
    for (int i = 0; i < in->count && !code; i++) {
        if (tallies[i].values)
            code = decide_column(in, i, &tallies[i], &all[i], file, &s);
        if (!code && tallies[i].values)
            code = warn_of_thousands(in, i, &tallies[i].marks);
    }
    free(tallies);
    return code ? code : say(in, &s);
}
