/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scores of a classifier for people, as JSON and CSV, and as a picture. */
#include "cli/output/class_report.h"

#include "cli/output/scores.h"
#include "cli/shell/report.h"
#include "forecast/statistics/calibration.h"
#include "forecast/statistics/class_curves.h"
#include "plots/class_plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CURVE_POINTS = 500, MATRIX_CLASSES = 16 };

/* The model and its rivals, over all objects and each class. */
static cli_scores scores_of(const cli_class_report *r)
{
    cli_scores s = {
        .heading = "classifier",
        .ids = "class",
        .order = {[FC_TEXT] = "log_loss,weighted_loss,accuracy,recall,f1,auc,ap,brier,ece",
                  [FC_CSV] = "objects,accuracy,precision,recall,f1,auc,ap"},
        .notes = {"log-loss: every class weighs the same; balanced: mean recall; F1, AUC, AP: means over "
                  "classes, each against the rest; ECE: expected calibration error; cross-entropy: every "
                  "object weighs the same; p: chance of accuracies this far apart if both call equally well "
                  "(McNemar)"},
        .part_count = 3,
        .parts = {{.metrics = NULL},
                  {.metrics = fc_class_metrics, .level = FC_WHOLE, .ids = {""}},
                  {.metrics = fc_class_line_metrics,
                   .offset = offsetof(fc_class_entry, score.line),
                   .level = FC_EACH,
                   .key = "classes",
                   .ids = {"*"},
                   .size = sizeof(struct fc_class_line),
                   .count = r->entries[0].score.classes,
                   .heading = "class",
                   .names = r->class_name,
                   .name_key = "name",
                   .layout = CLI_FIRST}}};
    for (int i = 0; i < r->count; i++)
        cli_scores_add(&s, r->entries[i].name, &r->entries[i]);
    return s;
}

/* --- for people --- */

static void print_matrix(const cli_class_report *r)
{
    const fc_class_score *s = &r->entries[0].score;
    if (s->classes > MATRIX_CLASSES)
        return;
    cli_table *table = cli_table_new("class, called");
    for (int c = 0; c < s->classes; c++)
        cli_table_heading(table, true, "%.12s", r->class_name[c]);
    for (int i = 0; i < s->classes; i++) {
        cli_table_cell(table, "%s", r->class_name[i]);
        for (int j = 0; j < s->classes; j++)
            cli_table_cell(table, "%zu", s->confusion[i * s->classes + j]);
    }
    putchar('\n');
    cli_table_print(table, stdout);
}

static void verdict_of(const cli_class_report *r, char *text, size_t size, bool *beats)
{
    *beats = false;
    *text = 0;
    if (r->count > 1)
        fc_class_pronounce(r->entries, r->count, text, size, beats);
}

void cli_class_report_print(const cli_class_report *r, bool per_class)
{
    const fc_class_score *s = &r->entries[0].score;
    char count[40], left_out[80] = "", clean[512], took[32], verdict[512];
    bool beats;
    const cli_scores scores = scores_of(r);
    if (r->left_out) {
        char text[40];
        snprintf(left_out, sizeof left_out, ", %s left out", cli_count(r->left_out, text));
    }
    printf("%s, %s part%s%s%s: %s objects of %d classes%s, in %s\n", cli_clean(r->data, clean, sizeof clean),
           r->part, r->split ? " (" : "", r->split ? r->split : "", r->split ? ")" : "",
           cli_count(s->count, count), s->classes, left_out, cli_duration(r->seconds, took));
    if (!isnan(r->temperature))
        printf("probabilities at temperature %.3f\n", r->temperature);
    if (!isnan(r->novelty_share))
        printf("%.1f%% of the objects are stranger than 99%% of those trained on\n", 100 * r->novelty_share);
    putchar('\n');
    cli_scores_print(&scores);
    if (per_class) {
        cli_scores_print_group(&scores, &scores.parts[2]);
        print_matrix(r);
    }
    verdict_of(r, verdict, sizeof verdict, &beats);
    if (*verdict)
        cli_verdict_print(verdict, beats);
}

/* --- JSON --- */

static void set_count(json_t *object, const char *key, size_t count)
{
    nn_json_set(object, key, json_integer((json_int_t)count));
}

static json_t *matrix_json(const fc_class_score *s)
{
    json_t *matrix = json_array();
    for (int c = 0; c < s->classes; c++) {
        json_t *row = json_array();
        for (int k = 0; k < s->classes; k++)
            nn_json_append(row, json_integer((json_int_t)s->confusion[c * s->classes + k]));
        nn_json_append(matrix, row);
    }
    return matrix;
}

int cli_class_report_json(const cli_class_report *r, nn_error *error)
{
    const cli_scores all = scores_of(r);
    json_t *object = cli_json_new("auspex.evaluate/1"), *scores = cli_scores_json(&all);
    char verdict[512];
    bool beats;
    verdict_of(r, verdict, sizeof verdict, &beats);
    nn_json_set(object, "kind", json_string("classifier"));
    nn_json_set(object, "data", nn_json_text(r->data));
    nn_json_set(object, "model", nn_json_text(r->entries[0].name));
    nn_json_set(object, "part", nn_json_text(r->part));
    nn_json_set(object, "split", nn_json_text(r->split));
    set_count(object, "objects", r->entries[0].score.count);
    set_count(object, "left_out", r->left_out);
    nn_json_set(object, "temperature", nn_json_real(r->temperature));
    nn_json_set(object, "novelty_share", nn_json_real(r->novelty_share));
    for (int i = 0; i < r->count; i++)
        nn_json_set(json_array_get(scores, (size_t)i), "confusion", matrix_json(&r->entries[i].score));
    nn_json_set(object, "scores", scores);
    nn_json_set(object, "beats_baselines", r->count > 1 ? json_boolean(beats) : json_null());
    nn_json_set(object, "verdict", nn_json_text(r->count > 1 ? verdict : NULL));
    nn_json_set(object, "seconds", nn_json_real(r->seconds));
    return cli_json_print(object, error);
}

int cli_class_report_csv(const cli_class_report *r, const char *path, nn_error *error)
{
    const cli_scores scores = scores_of(r);
    return cli_scores_csv(&scores, 1, path, error);
}

/* --- picture --- */

typedef struct ranking {
    fc_curve curve[PL_MOST_CLASSES + 1];
    pl_ranking_curve shown[PL_MOST_CLASSES + 1];
    int count;
} ranking;

/* All classes pooled, then each; of two classes one ROC curve says all. */
static int make_ranking(ranking *k, const cli_class_report *r, bool roc, nn_error *error)
{
    const fc_class_data *d = &r->entries[0].data;
    int code = NN_OK, first = d->classes == 2 && roc ? 0 : -1, last = d->classes == 2 && roc ? 1 : d->classes;
    for (int c = first; c < last && !code; c++) {
        fc_curve *curve = &k->curve[k->count];
        code = roc ? fc_class_roc(curve, d, c, CURVE_POINTS, error)
                   : fc_class_pr(curve, d, c, CURVE_POINTS, error);
        k->shown[k->count++] = (pl_ranking_curve){.name = c < 0 ? "all (micro)" : r->class_name[c],
                                                  .x = curve->x,
                                                  .y = curve->y,
                                                  .count = curve->count,
                                                  .area = curve->area,
                                                  .whole = c < 0};
    }
    return code;
}

static void ranking_clear(ranking *k)
{
    for (int i = 0; i < k->count; i++)
        fc_curve_clear(&k->curve[i]);
}

static int draw(const cli_class_report *r, const ranking *roc, const ranking *pr, cli_figure *figure,
                nn_error *error)
{
    const fc_class_score *s = &r->entries[0].score;
    char title[300], count[40], pr_title[64], roc_title[64];
    fc_reliability reliability;
    fc_reliability_make(&reliability, &r->entries[0].data);
    snprintf(title, sizeof title, "%.60s on %.150s: %s objects, accuracy %.4f, log-loss %.4f",
             r->entries[0].name, r->data, cli_count(s->count, count), s->accuracy, s->log_loss);
    snprintf(roc_title, sizeof roc_title, "ROC curves, mean area %.4f", s->auc);
    snprintf(pr_title, sizeof pr_title, "Precision and recall, mean area %.4f", s->ap);
    pl_class_scores_plot plot = {
        .title = title,
        .confusion = {"Calls in percent of each true class", s->classes, r->class_name, s->confusion},
        .roc = {roc_title, "false positive rate", "true positive rate", "AUC", roc->shown, roc->count, true},
        .pr = {pr_title, "recall", "precision", "AP", pr->shown, pr->count, false},
        .reliability = {"Reliability", FC_RELIABILITY_BINS, reliability.confidence, reliability.accuracy,
                        reliability.count, reliability.ece}};
    return cli_figure_end(figure, pl_class_scores(&plot, cli_figure_begin(figure), error));
}

int cli_class_report_draw(const cli_class_report *r, cli_figure *figure, nn_error *error)
{
    if (r->entries[0].score.classes > PL_MOST_CLASSES)
        return nn_fail(error, NN_USAGE, "a picture of scores shows up to %d classes, not %d", PL_MOST_CLASSES,
                       r->entries[0].score.classes);
    ranking *curves = calloc(2, sizeof *curves);
    if (!curves)
        return nn_fail(error, NN_FAILED, "no memory for a picture");
    int code = make_ranking(&curves[0], r, true, error);
    if (!code)
        code = make_ranking(&curves[1], r, false, error);
    if (!code)
        code = draw(r, &curves[0], &curves[1], figure, error);
    ranking_clear(&curves[0]);
    ranking_clear(&curves[1]);
    free(curves);
    return code;
}
