/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What commas and points in numbers mark: thousands or decimals. */
#include "datasets/table/plan/plan.h"

#include <stdlib.h>
#include <string.h>

static const char *const unsure = "--thousands , or --decimal-comma";
static const char *const unsure_point = "--thousands . or --decimal .";

static void group_by_points(ds_number_form *form)
{
    form->thousands = '.';
    form->decimal_comma = form->first = true;
}

bool ds_points_look_grouped(const ds_evidence *e)
{
    return e->grouped > 0 && e->pointed == 0 && e->large == 0;
}

/* Points that all stand before exactly three digits: 1.468 is read as it stands only where it must be so. */
static int choose_points(ds_ingest *in, int column, const ds_evidence *e, ds_file_marks file,
                         ds_number_form *form)
{
    const char *name = in->columns[column].name, delimiter = in->scan.delimiter;
    if (!ds_points_look_grouped(e) || in->options->decimal_point)
        return NN_OK;
    if (file.point_groups || in->options->known.thousands == '.') {
        group_by_points(form);
        return NN_OK;
    }
    if (file.decimal_point && e->bare == 0)
        return NN_OK;
    if (file.decimal_point)
        return ds_reason_add(
            in, DS_REASON_GUESS, unsure_point,
            "points in '%.100s' stand before three digits each, beside whole numbers, and are "
            "read as decimal marks, as in other columns",
            name);
    if (e->bare > 0 && delimiter != ',' && e->grouped > 1) {
        group_by_points(form);
        return ds_reason_add(
            in, DS_REASON_GUESS, unsure_point,
            "points in '%.100s' stand before three digits each, beside whole numbers without, and "
            "are read as marks of thousands (--decimal . reads them as decimal marks)",
            name);
    }
    if (e->bare == 0 && delimiter != ';')
        return NN_OK;
    return nn_fail(
        in->error, NN_BAD_DATA,
        "%s: points in column '%.100s' stand before three digits each%s: --thousands . reads them as "
        "marks of thousands, --decimal . as decimal marks",
        in->name, name, e->bare ? ", beside whole numbers without" : "");
}

int ds_plan_marks(ds_ingest *in, int column, const ds_mark_tally *t, const ds_evidence *e, ds_file_marks file,
                  ds_number_form *form)
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
    if (t->marks[DS_MARKS_POINTS] && !in->options->decimal_point) {
        group_by_points(form);
        return NN_OK;
    }
    if (t->marks[DS_MARKS_DECIMAL_COMMA] || file.commas)
        return NN_OK; /* the pass stops at the first and names --decimal-comma */
    if (t->marks[DS_MARKS_THOUSANDS] ||
        (t->marks[DS_MARKS_EITHER] && (t->points || file.thousands || in->options->known.thousands == ',' ||
                                       in->options->decimal_point))) {
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
    return t->marks[DS_MARKS_EITHER] ? NN_OK : choose_points(in, column, e, file, form);
}

/* --- the decimal comma --- */

/* The values of one column: numbers, those whose comma can only be decimal, those whose point can. */
typedef struct comma_tally {
    size_t values, numbers, commas, points;
} comma_tally;

static void tally_text(comma_tally *t, ds_text text)
{
    ds_number_parts p;
    t->values++;
    if (ds_text_is_dotted_month(text)) /* or a number that tells nothing */
        return;
    if (text.length > 60 || !ds_number_take_apart(text.text, text.length, &p))
        return;
    const ds_number_marks marks = ds_number_marks_of(&p);
    const char *point = strchr(p.core, '.');
    t->numbers += marks != DS_MARKS_BAD;
    t->commas += marks == DS_MARKS_DECIMAL_COMMA;
    t->points += marks == DS_MARKS_THOUSANDS ||
                 (marks == DS_MARKS_NONE && point && (strlen(point) != 4 || *p.core == '0'));
}

int ds_plan_decimal_mark(ds_ingest *in, ds_plan_rows rows)
{
    const ds_read_options *o = in->options;
    int column = -1;
    if (o->decimal_comma || o->decimal_point || o->thousands == ',' || in->scan.delimiter == ',')
        return NN_OK;
    for (int i = 0; i < in->count; i++) {
        comma_tally t = {0};
        size_t count;
        ds_text *values = ds_plan_values(in, rows, i, &count);
        if (!values)
            return ds_ingest_no_memory(in);
        for (size_t k = 0; k < count; k++)
            tally_text(&t, values[k]);
        free(values);
        if (2 * t.numbers < t.values)
            continue;
        if (t.points)
            return NN_OK; /* the file contradicts itself: the first value that does not fit is an error */
        column = t.commas && column < 0 ? i : column;
    }
    if (column < 0)
        return NN_OK;
    in->own_options = *o;
    in->own_options.decimal_comma = true;
    in->options = &in->own_options;
    return ds_reason_add(in, DS_REASON_SAID, "--decimal", "commas in '%.100s' can only be decimal marks",
                         in->columns[column].name);
}
