/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/output/class_report.h"

#include "cli/shell/json.h"
#include "cli/shell/report.h"
#include "cli/shell/table.h"
#include "forecast/scores/verdict.h"
#include "forecast/statistics/calibration.h"
#include "forecast/statistics/class_curves.h"
#include "lib/base/output.h"
#include "lib/base/text.h"
#include "plots/class_plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CURVE_POINTS = 500, MATRIX_CLASSES = 16 };

static const struct fc_class_line *lines_of(const cli_class_report *r, int entry)
{
    return r->entries[entry].score.line;
}

/* --- for people --- */

static void print_p(cli_table *table, double p)
{
    char text[24];
    fc_p_text(p, text);
    cli_table_cell(table, "%s", strncmp(text, "p < ", 4) ? text + 4 : "<0.001");
}

static void print_all(const cli_class_report *r)
{
    cli_table *table = cli_table_new(
        r->weighted
            ? "classifier|>log-loss|>weighted|>accuracy|>balanced|>F1|>AUC|>AP|>Brier|>ECE|>cross-entropy|>p"
            : "classifier|>log-loss|>accuracy|>balanced|>F1|>AUC|>AP|>Brier|>ECE|>cross-entropy|>p");
    for (int i = 0; i < r->count; i++) {
        const fc_class_score *s = &r->entries[i].score;
        cli_table_cell(table, "%s", r->entries[i].name);
        cli_table_number(table, s->log_loss, 4);
        if (r->weighted)
            cli_table_number(table, s->weighted_loss, 4);
        cli_table_number(table, s->accuracy, 4);
        cli_table_number(table, s->recall, 4);
        cli_table_number(table, s->f1, 4);
        cli_table_number(table, s->auc, 4);
        cli_table_number(table, s->ap, 4);
        cli_table_number(table, s->brier, 4);
        cli_table_number(table, s->ece, 4);
        cli_table_number(table, s->cross_entropy, 4);
        if (i)
            print_p(table, r->entries[i].test.p);
        else
            cli_table_cell(table, "-");
    }
    cli_table_print(table, stdout);
    cli_wrap(
        stdout,
        "log-loss: every class weighs the same; balanced: mean recall; F1, AUC, AP: means over classes, each "
        "against the rest; ECE: expected calibration error; cross-entropy: every object weighs the same; p: "
        "chance of accuracies this far apart if both call equally well (McNemar)",
        0, 0, cli_width(stdout));
}

static void print_classes(const cli_class_report *r)
{
    cli_table *table = cli_table_new("class|>objects|>called|>precision|>recall|>F1|>AUC|>AP|>log-loss");
    for (int c = 0; c < r->entries[0].score.classes; c++) {
        const struct fc_class_line *line = &lines_of(r, 0)[c];
        cli_table_cell(table, "%s", r->class_name[c]);
        cli_table_cell(table, "%zu", line->count);
        cli_table_cell(table, "%zu", line->predicted);
        cli_table_number(table, line->precision, 4);
        cli_table_number(table, line->recall, 4);
        cli_table_number(table, line->f1, 4);
        cli_table_number(table, line->auc, 4);
        cli_table_number(table, line->ap, 4);
        cli_table_number(table, line->loss, 4);
    }
    putchar('\n');
    cli_table_print(table, stdout);
}

/* A heading of the table of tables.h may hold no bar. */
static void add_heading(char *headings, size_t size, const char *name)
{
    size_t at = strlen(headings);
    snprintf(headings + at, size - at, "|>%.12s", name);
    for (char *c = headings + at + 2; *c; c++)
        *c = *c == '|' ? '/' : *c;
}

static void print_matrix(const cli_class_report *r)
{
    const fc_class_score *s = &r->entries[0].score;
    char headings[MATRIX_CLASSES * 16 + 32] = "class, called";
    if (s->classes > MATRIX_CLASSES)
        return;
    for (int c = 0; c < s->classes; c++)
        add_heading(headings, sizeof headings, r->class_name[c]);
    cli_table *table = cli_table_new(headings);
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
    bool beats, colour = cli_colour(stdout);
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
    print_all(r);
    if (per_class) {
        print_classes(r);
        print_matrix(r);
    }
    verdict_of(r, verdict, sizeof verdict, &beats);
    if (!*verdict)
        return;
    printf("\n%s", colour ? (beats ? "\033[1;32m" : "\033[1;31m") : "");
    cli_wrap(stdout, verdict, 0, 0, cli_width(stdout));
    fputs(colour ? "\033[0m" : "", stdout);
}

/* --- JSON --- */

static void set_count(json_t *object, const char *key, size_t count)
{
    cli_json_set(object, key, json_integer((json_int_t)count));
}

static json_t *class_json(const cli_class_report *r, int entry, int c)
{
    const struct fc_class_line *line = &lines_of(r, entry)[c];
    json_t *object = json_object();
    cli_json_set(object, "name", cli_json_text(r->class_name[c]));
    set_count(object, "objects", line->count);
    set_count(object, "called", line->predicted);
    cli_json_set(object, "precision", cli_json_real(line->precision));
    cli_json_set(object, "recall", cli_json_real(line->recall));
    cli_json_set(object, "f1", cli_json_real(line->f1));
    cli_json_set(object, "auc", cli_json_real(line->auc));
    cli_json_set(object, "ap", cli_json_real(line->ap));
    cli_json_set(object, "log_loss", cli_json_real(line->loss));
    return object;
}

static json_t *entry_json(const cli_class_report *r, int entry)
{
    const fc_class_entry *e = &r->entries[entry];
    const fc_class_score *s = &e->score;
    json_t *object = json_object(), *classes = json_array(), *matrix = json_array();
    const struct {
        const char *name;
        double value;
    } values[] = {{"log_loss", s->log_loss},
                  {"weighted_loss", r->weighted ? s->weighted_loss : NAN},
                  {"cross_entropy", s->cross_entropy},
                  {"accuracy", s->accuracy},
                  {"precision", s->precision},
                  {"recall", s->recall},
                  {"f1", s->f1},
                  {"brier", s->brier},
                  {"ece", s->ece},
                  {"auc", s->auc},
                  {"auc_micro", s->auc_micro},
                  {"ap", s->ap},
                  {"ap_micro", s->ap_micro},
                  {"mcnemar_p", entry ? e->test.p : NAN}};
    cli_json_set(object, "name", cli_json_text(e->name));
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        cli_json_set(object, values[i].name, cli_json_real(values[i].value));
    for (int c = 0; c < s->classes; c++) {
        json_t *row = json_array();
        for (int k = 0; k < s->classes; k++)
            cli_json_append(row, json_integer((json_int_t)s->confusion[c * s->classes + k]));
        cli_json_append(classes, class_json(r, entry, c));
        cli_json_append(matrix, row);
    }
    cli_json_set(object, "classes", classes);
    cli_json_set(object, "confusion", matrix);
    return object;
}

int cli_class_report_json(const cli_class_report *r, nn_error *error)
{
    json_t *object = cli_json_new("auspex.evaluate/1"), *scores = json_array();
    char verdict[512];
    bool beats;
    verdict_of(r, verdict, sizeof verdict, &beats);
    cli_json_set(object, "kind", json_string("classifier"));
    cli_json_set(object, "data", cli_json_text(r->data));
    cli_json_set(object, "model", cli_json_text(r->entries[0].name));
    cli_json_set(object, "part", cli_json_text(r->part));
    cli_json_set(object, "split", cli_json_text(r->split));
    set_count(object, "objects", r->entries[0].score.count);
    set_count(object, "left_out", r->left_out);
    cli_json_set(object, "temperature", cli_json_real(r->temperature));
    cli_json_set(object, "novelty_share", cli_json_real(r->novelty_share));
    for (int i = 0; i < r->count; i++)
        cli_json_append(scores, entry_json(r, i));
    cli_json_set(object, "scores", scores);
    cli_json_set(object, "beats_baselines", r->count > 1 ? json_boolean(beats) : json_null());
    cli_json_set(object, "verdict", cli_json_text(r->count > 1 ? verdict : NULL));
    cli_json_set(object, "seconds", cli_json_real(r->seconds));
    return cli_json_print(object, error);
}

/* --- CSV --- */

static void put_numbers(FILE *out, const double *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cli_csv_number(out, values[i]);
    fputc('\n', out);
}

static void put_rows(FILE *out, const cli_class_report *r, int entry)
{
    const fc_class_entry *e = &r->entries[entry];
    const fc_class_score *s = &e->score;
    const double all[] = {(double)s->count,
                          s->accuracy,
                          s->precision,
                          s->recall,
                          s->f1,
                          s->auc,
                          s->ap,
                          s->log_loss,
                          r->weighted ? s->weighted_loss : NAN,
                          s->cross_entropy,
                          s->brier,
                          s->ece};
    nn_csv_field(out, e->name);
    fputc(',', out);
    put_numbers(out, all, sizeof all / sizeof *all);
    for (int c = 0; c < s->classes; c++) {
        const struct fc_class_line *line = &s->line[c];
        const double one[] = {(double)line->count,
                              NAN,
                              line->precision,
                              line->recall,
                              line->f1,
                              line->auc,
                              line->ap,
                              line->loss,
                              NAN,
                              NAN,
                              NAN,
                              NAN};
        nn_csv_field(out, e->name);
        fputc(',', out);
        nn_csv_field(out, r->class_name[c]);
        put_numbers(out, one, sizeof one / sizeof *one);
    }
}

int cli_class_report_csv(const cli_class_report *r, const char *path, nn_error *error)
{
    nn_output *output = nn_output_open(path, error);
    if (!output)
        return NN_FAILED;
    FILE *out = nn_output_stream(output);
    fputs("classifier,class,objects,accuracy,precision,recall,f1,auc,ap,log_loss,weighted_loss,cross_entropy,"
          "brier,"
          "ece\n",
          out);
    for (int i = 0; i < r->count; i++)
        put_rows(out, r, i);
    return nn_output_commit(output, error);
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
