/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Classes and probabilities of objects as lines of CSV. */
#include "forecast/tasks/lightcurves/csv.h"

#include "lib/base/c_locale.h"
#include "lib/base/text.h"

#include <math.h>
#include <string.h>

const char *fc_slot_status(const fc_slot *slot)
{
    switch (slot->state) {
    case FC_SLOT_EMPTY:
        return "empty";
    case FC_SLOT_UNDETECTED:
        return "undetected";
    case FC_SLOT_FAILED:
        return "failed";
    case FC_SLOT_READY:
        break;
    }
    return slot->wide ? "wide" : "ok";
}

int fc_slot_class(const fc_slot *slot, int classes)
{
    int best = 0;
    for (int c = 1; c < classes; c++)
        best = slot->probability[c] > slot->probability[best] ? c : best;
    return best;
}

void fc_parents_header(FILE *out, const fc_taxonomy *tree)
{
    for (int n = tree->nodes - 1; n >= tree->leaves && n >= 0; n--) {
        fputc(',', out);
        nn_csv_field(out, tree->name[n - tree->leaves]);
    }
}

void fc_parents_fields(FILE *out, const fc_taxonomy *tree, const double *all)
{
    for (int n = tree->nodes - 1; n >= tree->leaves && n >= 0; n--)
        if (all)
            fprintf(out, ",%.6g", all[n]);
        else
            fputc(',', out);
}

void fc_answer_fields(FILE *out, const fc_taxonomy *tree, const char *const *classes, const double *all,
                      double confidence)
{
    const int answer = all ? fc_answer(tree, all, confidence) : -1;
    fputc(',', out);
    if (answer >= 0)
        nn_csv_field(out, fc_taxonomy_name(tree, classes, answer));
    else if (all)
        fputs(fc_answer_kind(tree, answer), out);
    fprintf(out, ",%s", all ? fc_answer_kind(tree, answer) : "");
}

void fc_classes_header(FILE *out, const fc_classifier *model)
{
    fputs("object_id", out);
    for (int c = 0; c < model->classes; c++) {
        fputc(',', out);
        nn_csv_field(out, model->class_names[c]);
    }
    fc_parents_header(out, &model->hierarchy.tree);
    fputs(model->hierarchy.text ? ",class,answer,answer_kind,novelty,status\n" : ",class,novelty,status\n",
          out);
}

void fc_classes_line(FILE *out, const fc_classifier *model, const fc_slot *slot)
{
    const bool ready = slot->state == FC_SLOT_READY;
    const fc_hierarchy *h = &model->hierarchy;
    double sums[FC_MOST_NODES];
    if (ready)
        fc_taxonomy_sums(&h->tree, slot->probability, sums);
    const double *all = ready ? sums : NULL;
    const locale_t c_locale = nn_c_locale(), before = c_locale ? uselocale(c_locale) : (locale_t)0;
    nn_csv_field(out, slot->id);
    for (int c = 0; c < model->classes; c++)
        if (ready)
            fprintf(out, ",%.6g", slot->probability[c]);
        else
            fputc(',', out);
    fc_parents_fields(out, &h->tree, all);
    fputc(',', out);
    if (ready)
        nn_csv_field(out, model->class_names[fc_slot_class(slot, model->classes)]);
    if (h->text)
        fc_answer_fields(out, &h->tree, (const char *const *)model->class_names, all, h->rule.confidence);
    if (ready && !isnan(slot->novelty))
        fprintf(out, ",%.4f", slot->novelty);
    else
        fputc(',', out);
    fprintf(out, ",%s\n", fc_slot_status(slot));
    if (before)
        uselocale(before);
}
