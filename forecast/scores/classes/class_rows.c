/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes an object's truth, probabilities and class as a row. */
#include "forecast/scores/classes/class_rows.h"

#include "forecast/tasks/lightcurves/csv.h"
#include "lib/base/c_locale.h"
#include "lib/base/text.h"
#include "lib/files/output.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct fc_class_rows {
    nn_output *output;
    const char *const *names;
    int classes;
    const fc_taxonomy *tree;
    int beside;
};

/* name_A,name_B,... */
static void write_names(FILE *to, const char *name, const char *const *classes, int count)
{
    char text[300];
    for (int c = 0; c < count; c++) {
        snprintf(text, sizeof text, "%.40s_%.200s", name, classes[c]);
        fputc(',', to);
        nn_csv_field(to, text);
    }
}

int fc_class_rows_open(fc_class_rows **out, const char *path, const char *const *names, int classes,
                       const fc_taxonomy *tree, const fc_rows_beside *beside, nn_error *error)
{
    *out = NULL;
    if (!path)
        return NN_OK;
    fc_class_rows *self = calloc(1, sizeof *self);
    if (!self)
        return nn_no_memory(error);
    *self = (fc_class_rows){nn_output_open(path, error), names, classes, tree, beside ? beside->count : 0};
    if (!self->output) {
        free(self);
        return NN_FAILED;
    }
    FILE *to = nn_output_stream(self->output);
    fputs("object_id,truth", to);
    for (int c = 0; c < classes; c++) {
        fputc(',', to);
        nn_csv_field(to, names[c]);
    }
    fc_parents_header(to, tree);
    fputs(tree->nodes ? ",class,answer,answer_kind,novelty,fold" : ",class,novelty,fold", to);
    for (int b = 0; b < self->beside; b++)
        write_names(to, beside->name[b], names, classes);
    fputc('\n', to);
    *out = self;
    return NN_OK;
}

void fc_class_rows_write(fc_class_rows *self, const char *id, int truth, const double *p, double confidence,
                         double novelty, int fold, const double *const *beside)
{
    if (!self)
        return;
    const locale_t c_locale = nn_c_locale(), before = c_locale ? uselocale(c_locale) : (locale_t)0;
    FILE *to = nn_output_stream(self->output);
    const fc_taxonomy *tree = self->tree;
    double all[FC_MOST_NODES];
    int best = 0;
    fc_taxonomy_sums(tree, p, all);
    nn_csv_field(to, id);
    fputc(',', to);
    nn_csv_field(to, truth < self->classes ? self->names[truth] : fc_taxonomy_name(tree, self->names, truth));
    for (int c = 0; c < self->classes; c++) {
        fprintf(to, ",%.6g", p[c]);
        best = p[c] > p[best] ? c : best;
    }
    fc_parents_fields(to, tree, all);
    fputc(',', to);
    nn_csv_field(to, self->names[best]);
    if (tree->nodes)
        fc_answer_fields(to, tree, self->names, all, confidence);
    fputc(',', to);
    if (!isnan(novelty))
        fprintf(to, "%.4f", novelty);
    fputc(',', to);
    if (fold >= 0)
        fprintf(to, "%d", fold);
    for (int b = 0; b < self->beside; b++)
        for (int c = 0; c < self->classes; c++)
            fprintf(to, ",%.6g", beside[b][c]);
    fputc('\n', to);
    if (before)
        uselocale(before);
}

int fc_class_rows_close(fc_class_rows *self, int code, nn_error *error)
{
    if (!self)
        return code;
    if (code)
        nn_output_abandon(self->output);
    else
        code = nn_output_commit(self->output, error);
    free(self);
    return code;
}
