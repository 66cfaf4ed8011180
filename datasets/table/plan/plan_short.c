/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of names that are shorter than the rows: the first column has no name, or numbers are torn at commas.
 */
#include "datasets/table/plan/plan.h"
#include "datasets/text/time_names.h"
#include "lib/base/text.h"

static bool is_timely(const char *name)
{
    return ds_name_is_usual(name) || ds_name_is_timely(name);
}

/* Values that may be stamps or parts of them, as far as they alone say. */
static bool may_be_time(const ds_evidence *e)
{
    const bool number = ds_evidence_is_number(e);
    return number ? e->whole == e->values && e->least >= 1000
                  : e->form.verdict != DS_FORM_NONE || *e->clock || *e->months;
}

static int refuse(ds_ingest *in, int named, ds_text value)
{
    char mark[8];
    ds_delimiter_name(in->scan.delimiter, mark);
    return nn_fail(
        in->error, NN_BAD_DATA,
        "%s:%zu: %d names above rows of %d cells: '%.60s' would name '%s', which is no time, while "
        "the column before it holds stamps; a %s within a number, as mark of thousands or decimals, "
        "needs quotes around the number",
        in->name, in->names_line, in->count - 1, in->count, in->columns[named].name,
        NN_SHOWN(40, value.text, value.length), mark);
}

int ds_plan_short_names(ds_ingest *in, ds_plan_rows rows, ds_evidence *all)
{
    int named = 1, code = NN_OK;
    while (named < in->count && !is_timely(in->columns[named].name))
        named++;
    for (int i = named - 1; i <= named && named < in->count && !code; i++)
        code = ds_evidence_form(in, rows, i, &all[i]);
    if (code)
        return code;
    if (named < in->count && may_be_time(&all[named - 1]) && !may_be_time(&all[named]))
        return refuse(in, named, ds_sample_cell(rows.sample, rows.first, named));
    return ds_reason_add(
        in, DS_REASON_GUESS, NULL,
        "line %zu has a name less than the rows have cells: the first column is taken for the "
        "one without a name (a delimiter within numbers would look the same)",
        in->names_line);
}

int ds_plan_refuse_torn(ds_ingest *in, const ds_sample *s, const ds_shape *shape)
{
    const size_t row = shape->names;
    if (row == SIZE_MAX || row == 0 || shape->hashed)
        return NN_OK;
    const ds_sample_row *names = &s->rows[row - 1], *first = &s->rows[row];
    int values = 0, above = 0;
    for (int i = 0; i < first->count; i++)
        values += ds_shape_is_value(ds_sample_cell(s, row, i));
    for (int i = 0; i < names->count; i++)
        above += ds_shape_is_value(ds_sample_cell(s, row - 1, i));
    if (names->count < 2 || names->count >= first->count || names->line + 1 != first->line || above > 0 ||
        values < first->count - 1)
        return NN_OK;
    char mark[8];
    return nn_fail(in->error, NN_BAD_DATA,
                   "%s:%zu: %d names above rows of %d cells; a %s within a number, as mark of thousands or "
                   "decimals, needs quotes around the number",
                   in->name, names->line, names->count, first->count,
                   ds_delimiter_name(in->scan.delimiter, mark));
}
