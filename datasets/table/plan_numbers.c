/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the numbers of each column are written, decided by all values of the sample together. */
#include "datasets/table/number_form.h"
#include "datasets/table/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What was found of the values of a column. */
typedef struct tally {
    size_t values, plain, points; /* points: plain numbers with a fraction after a point */
    size_t words, dressed;        /* true and false; numbers in some dress */
    size_t marks[DS_MARKS_BAD + 1];
    size_t parted, pointed, scaled, with_unit, money, bracketed, minus;
    char parting, unit[16];
    bool units_differ;
} tally;

static void take_unit(tally *t, const ds_number_parts *p)
{
    if (!*p->unit)
        return;
    if (p->glued && ds_number_scale(p->unit)) {
        t->scaled++;
        return;
    }
    t->units_differ |= t->with_unit > 0 && strcmp(t->unit, p->unit) != 0;
    t->with_unit++;
    memcpy(t->unit, p->unit, sizeof t->unit);
}

static void take_text(tally *t, ds_text text, bool decimal_comma)
{
    double value;
    ds_number_parts p;
    t->values++;
    if (ds_number_parse(text.text, text.length, decimal_comma, &value) == DS_NUMBER_OK) {
        t->plain++;
        t->points += memchr(text.text, '.', text.length) != NULL;
        if (decimal_comma && ds_number_take_apart(text.text, text.length, &p))
            t->marks[ds_number_marks_of(&p)] += strchr(p.core, ',') != NULL;
        return;
    }
    if (ds_number_word(text.text, text.length) >= 0) {
        t->words++;
        return;
    }
    if (text.length > 200 || !ds_number_take_apart(text.text, text.length, &p) ||
        ds_number_marks_of(&p) == DS_MARKS_BAD)
        return;
    t->dressed++;
    t->marks[ds_number_marks_of(&p)]++;
    t->points += strchr(p.core, '.') && !strchr(p.core, ',');
    t->parted += p.parting != 0;
    t->pointed += strchr(p.core, '.') != NULL;
    t->parting = p.parting ? p.parting : t->parting;
    t->money += p.currency != NULL;
    t->bracketed += p.bracketed;
    t->minus += p.odd_minus;
    take_unit(t, &p);
}

static int take_column(ds_ingest *in, ds_plan_rows rows, int column, tally *t)
{
    size_t count;
    ds_text *values = ds_plan_values(in, rows, column, &count);
    if (!values)
        return ds_ingest_no_memory(in);
    for (size_t i = 0; i < count; i++)
        take_text(t, values[i], in->options->decimal_comma);
    free(values);
    return NN_OK;
}

/* --- the file's marks --- */

typedef struct file_marks {
    bool points;    /* some column has fractions after a point */
    bool thousands; /* in some column commas can only mark thousands */
    bool commas;    /* in some column a comma can only be the decimal one */
} file_marks;

static const char *const unsure = "--thousands , or --decimal-comma";

/* The mark of thousands of a column; a guess is said. */
static int choose_marks(ds_ingest *in, int column, const tally *t, file_marks file, ds_number_form *form)
{
    const char given = in->options->thousands;
    form->decimal_comma = in->options->decimal_comma || given == '.';
    form->thousands = given ? given : t->parting;
    form->first = given == '.';
    if (given || form->decimal_comma) {
        if (!form->thousands && t->pointed)
            form->thousands = '.';
        return NN_OK;
    }
    if (t->marks[DS_MARKS_POINTS]) {
        form->thousands = '.';
        form->decimal_comma = form->first = true;
        return NN_OK;
    }
    if (t->marks[DS_MARKS_DECIMAL_COMMA] || file.commas)
        return NN_OK; /* the pass stops at the first and names --decimal-comma */
    if (t->marks[DS_MARKS_THOUSANDS] ||
        (t->marks[DS_MARKS_EITHER] && (t->points || file.thousands || in->options->known.thousands_comma))) {
        form->thousands = ',';
        return NN_OK;
    }
    if (t->marks[DS_MARKS_EITHER] && (in->scan.delimiter == ',' || file.points)) {
        form->thousands = ',';
        return ds_reason_add(in, DS_REASON_GUESS, unsure,
                             "commas in '%.100s' stand before three digits each and are read as marks of "
                             "thousands (--decimal-comma reads them otherwise)",
                             in->columns[column].name);
    }
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
    } dress[] = {{form->thousands == ',' && t->marks[DS_MARKS_THOUSANDS] + t->marks[DS_MARKS_EITHER],
                  "commas mark thousands"},
                 {form->thousands == '.', "points mark thousands"},
                 {t->parted && form->thousands == ' ', "blanks mark thousands"},
                 {t->parted && form->thousands == '\'', "apostrophes mark thousands"},
                 {t->money > 0, "the sign of a currency is taken off"},
                 {form->scaled, "K, M, B and T multiply"},
                 {t->bracketed > 0, "brackets mean less than zero"},
                 {form->words, "true or yes is 1, false or no is 0"}};
    *text = '\0';
    for (size_t i = 0; i < sizeof dress / sizeof *dress; i++)
        if (dress[i].is && n < size)
            n += (size_t)snprintf(text + n, size - n, "%s%s", n ? ", " : "", dress[i].what);
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

static int set_form(ds_ingest *in, int column, const tally *t, file_marks file, speech *s)
{
    ds_column *c = &in->columns[column];
    ds_number_form form = {.scaled = t->scaled > 0, .words = t->words > 0};
    /* A unit that only some values have is a remark, such as 5*, and a sum of two units is no number. */
    if (t->with_unit && !t->units_differ && 2 * t->with_unit > t->values && !t->scaled)
        memcpy(form.unit, t->unit, sizeof form.unit);
    int code = choose_marks(in, column, t, file, &form);
    if (code)
        return code;
    if (!c->form && !(c->form = malloc(sizeof *c->form)))
        return ds_ingest_no_memory(in);
    *c->form = form;
    in->table->layout.thousands_comma |= form.thousands == ',';
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

/* A column is one of numbers when at least half of its values are, in some dress. */
static int decide_column(ds_ingest *in, int i, const tally *t, file_marks file, speech *s)
{
    ds_column *c = &in->columns[i];
    const bool words = t->words > 0 && t->words + t->plain == t->values;
    const bool units = t->units_differ || (t->with_unit && 2 * t->with_unit <= t->values);
    const size_t read = t->plain + t->dressed + (words ? t->words : 0) - (units ? t->with_unit : 0);
    size_t offences = 0; /* cannot make a text of a column that was one of numbers */
    for (int k = 0; k < in->offences->count; k++)
        offences += in->offences->list[k].column == i;
    c->numeric = t->values > 0 && 2 * read >= t->values - offences;
    if (!c->numeric)
        return NN_OK;
    if (t->dressed || words || in->options->thousands) {
        tally own = *t;
        own.words = words ? t->words : 0;
        return set_form(in, i, &own, file, s);
    }
    return NN_OK;
}

/* --decimal-comma on commas that all stand before three digits. */
static int warn_of_thousands(ds_ingest *in, int i, const tally *t)
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

int ds_plan_numbers(ds_ingest *in, ds_plan_rows rows, const ds_evidence *all)
{
    tally *tallies = calloc((size_t)in->count, sizeof *tallies);
    file_marks file = {0};
    speech s = {.count = 0};
    int code = tallies ? NN_OK : ds_ingest_no_memory(in);
    const bool every = in->options->decimal_comma || in->options->thousands;
    for (int i = 0; i < in->count && !code; i++) {
        if (is_value(in, i) && (every || all[i].numbers < all[i].values))
            code = take_column(in, rows, i, &tallies[i]);
        else if (is_value(in, i))
            file.points |= all[i].whole < all[i].numbers;
        if (code)
            break;
        file.points |= tallies[i].points > 0;
        file.commas |= tallies[i].marks[DS_MARKS_DECIMAL_COMMA] > 0;
        file.thousands |= tallies[i].marks[DS_MARKS_THOUSANDS] > 0;
    }
    for (int i = 0; i < in->count && !code; i++) {
        if (tallies[i].values)
            code = decide_column(in, i, &tallies[i], file, &s);
        if (!code && tallies[i].values)
            code = warn_of_thousands(in, i, &tallies[i]);
    }
    free(tallies);
    return code ? code : say(in, &s);
}
