/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scores of a classifier beside its baselines, as `auspex evaluate` gives them: table, JSON, CSV,
 * picture. */
#ifndef CLI_CLASS_REPORT_H
#define CLI_CLASS_REPORT_H

#include "cli/shell/picture.h"
#include "forecast/scores/classes.h"

#include <stdbool.h>

typedef struct cli_class_report {
    const char *data;              /* name of the file */
    const char *part;              /* "test", "all" */
    const char *split;             /* how it was cut; NULL: not at all */
    const char *const *class_name; /* (classes) */
    const fc_class_entry *entries; /* filled by fc_class_compare; 0 is the model, the others its baselines */
    int count;                     /* of entries, at least 1 */
    double temperature;            /* that the probabilities were divided by; NaN: none */
    double novelty_share; /* share of objects stranger than 99 % of the training objects; NaN: not known */
    size_t left_out;      /* objects without a label, a detection or a redshift */
    double seconds;
} cli_class_report;

/* For people, on standard output, the verdict last. */
void cli_class_report_print(const cli_class_report *report, bool per_class);
/* One JSON document on standard output. */
int cli_class_report_json(const cli_class_report *report, nn_error *error);
/* One line per classifier, then per classifier and class: classifier,class,... */
int cli_class_report_csv(const cli_class_report *report, const char *path, nn_error *error);
/* Confusion matrix, ROC and precision-recall curves, reliability of the model, in one picture. */
int cli_class_report_draw(const cli_class_report *report, cli_figure *figure, nn_error *error);

#endif
