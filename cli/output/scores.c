/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/output/scores.h"

#include "cli/shell/json.h"
#include "cli/shell/report.h"
#include "cli/shell/table.h"
#include "forecast/scores/verdict.h"
#include "lib/base/output.h"
#include "lib/base/text.h"

#include <math.h>
#include <string.h>

/* --- for people --- */

/* Without the "p =" of running text. */
static void print_p(cli_table *table, double p)
{
    char text[24];
    fc_p_text(p, text);
    cli_table_cell(table, "%s", isnan(p) ? "-" : strncmp(text, "p < ", 4) ? text + 4 : "<0.001");
}

static void print_all(const fc_evaluation *e)
{
    cli_table *table = cli_table_new("forecast|>MSE|>MAE|>RMSE|>MSE, units|>MAE, units|>MASE|>sMAPE|>p");
    for (int i = 0; i < e->score_count; i++) {
        const fc_score *s = &e->scores[i];
        cli_table_cell(table, "%s", s->name);
        cli_table_number(table, s->mse, 6);
        cli_table_number(table, s->mae, 6);
        cli_table_number(table, s->rmse, 6);
        cli_table_short(table, s->mse_original, 6);
        cli_table_short(table, s->mae_original, 6);
        cli_table_number(table, s->mase, 4);
        cli_table_number(table, s->smape, 2);
        print_p(table, s->p);
    }
    cli_table_print(table, stdout);
    cli_wrap(stdout,
             "MSE, MAE, RMSE: scaled values; units: the file's own; MASE: against the naive error in "
             "training; sMAPE: percent; p: chance of an MSE this far from the model's if both forecast "
             "equally well",
             0, 0, cli_width(stdout));
}

static void print_variates(const fc_evaluation *e)
{
    cli_table *table = cli_table_new("series|forecast|>MSE|>MAE|>MSE, units|>MAE, units|>MASE|>sMAPE");
    for (int j = 0; j < e->targets; j++)
        for (int i = 0; i < e->score_count; i++) {
            const fc_score *s = &e->scores[i];
            cli_table_cell(table, "%s", i ? "" : e->names[j]);
            cli_table_cell(table, "%s", s->name);
            cli_table_number(table, s->variate_mse[j], 6);
            cli_table_number(table, s->variate_mae[j], 6);
            cli_table_short(table, s->variate_mse_original[j], 6);
            cli_table_short(table, s->variate_mae_original[j], 6);
            cli_table_number(table, s->variate_mase[j], 4);
            cli_table_number(table, s->variate_smape[j], 2);
        }
    putchar('\n');
    cli_table_print(table, stdout);
}

static void print_steps(const fc_evaluation *e)
{
    char headings[1024] = ">step";
    size_t at = strlen(headings);
    int shown = e->score_count < 7 ? e->score_count : 7;
    for (int i = 0; i < shown && at < sizeof headings; i++)
        at += (size_t)snprintf(headings + at, sizeof headings - at, "|>%s MSE|>MAE", e->scores[i].name);
    cli_table *table = cli_table_new(headings);
    for (int h = 0; h < e->horizon; h++) {
        cli_table_cell(table, "%d", h + 1);
        for (int i = 0; i < shown; i++) {
            cli_table_number(table, e->scores[i].step_mse[h], 6);
            cli_table_number(table, e->scores[i].step_mae[h], 6);
        }
    }
    putchar('\n');
    cli_table_print(table, stdout);
}

void cli_scores_print(const cli_scored *scored, bool per_variate, bool per_step)
{
    const fc_evaluation *e = scored->evaluation;
    char windows[40], points[40], skipped[80] = "", clean[512], took[32];
    if (e->skipped) {
        char count[40];
        snprintf(skipped, sizeof skipped, ", %s left out as missing", cli_count(e->skipped, count));
    }
    printf("%s, %s part (%s): %s windows, look-back %d, horizon %d, season %d\n",
           cli_clean(scored->data, clean, sizeof clean), scored->part, scored->split,
           cli_count(e->windows.count, windows), e->windows.lookback, e->windows.horizon, e->season);
    printf("%s values of %d series scored%s, in %s\n\n", cli_count(e->points, points), e->targets, skipped,
           cli_duration(e->seconds, took));
    print_all(e);
    if (per_variate)
        print_variates(e);
    if (per_step)
        print_steps(e);
    bool colour = cli_colour(stdout);
    printf("\n%s", colour ? (e->beats_naive ? "\033[1;32m" : "\033[1;31m") : "");
    cli_wrap(stdout, e->verdict, 0, 0, cli_width(stdout));
    fputs(colour ? "\033[0m" : "", stdout);
}

/* --- JSON --- */

static json_t *variates_json(const fc_evaluation *e, const fc_score *s)
{
    json_t *array = json_array();
    for (int j = 0; j < e->targets; j++) {
        json_t *one = json_object();
        cli_json_set(one, "name", cli_json_text(e->names[j]));
        cli_json_set(one, "mse", cli_json_real(s->variate_mse[j]));
        cli_json_set(one, "mae", cli_json_real(s->variate_mae[j]));
        cli_json_set(one, "mse_original", cli_json_real(s->variate_mse_original[j]));
        cli_json_set(one, "mae_original", cli_json_real(s->variate_mae_original[j]));
        cli_json_set(one, "mase", cli_json_real(s->variate_mase[j]));
        cli_json_set(one, "smape", cli_json_real(s->variate_smape[j]));
        cli_json_append(array, one);
    }
    return array;
}

static json_t *score_json(const fc_evaluation *e, const fc_score *s)
{
    json_t *object = json_object(), *steps = json_object();
    cli_json_set(object, "name", cli_json_text(s->name));
    const struct {
        const char *name;
        double value;
    } values[] = {{"mse", s->mse},
                  {"mae", s->mae},
                  {"rmse", s->rmse},
                  {"mse_original", s->mse_original},
                  {"mae_original", s->mae_original},
                  {"rmse_original", s->rmse_original},
                  {"mase", s->mase},
                  {"smape", s->smape},
                  {"dm", s->dm},
                  {"p", s->p}};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        cli_json_set(object, values[i].name, cli_json_real(values[i].value));
    cli_json_set(object, "variates", variates_json(e, s));
    cli_json_set(steps, "mse", cli_json_reals(s->step_mse, (size_t)e->horizon));
    cli_json_set(steps, "mae", cli_json_reals(s->step_mae, (size_t)e->horizon));
    cli_json_set(object, "steps", steps);
    return object;
}

int cli_scores_json(const cli_scored *scored, nn_error *error)
{
    const fc_evaluation *e = scored->evaluation;
    json_t *object = cli_json_new("auspex.evaluate/1"), *scores = json_array();
    cli_json_set(object, "data", cli_json_text(scored->data));
    cli_json_set(object, "model", cli_json_text(scored->model->kind->name));
    cli_json_set(object, "part", cli_json_text(scored->part));
    cli_json_set(object, "split", cli_json_text(scored->split));
    cli_json_set(object, "windows", json_integer((json_int_t)e->windows.count));
    cli_json_set(object, "lookback", json_integer(e->windows.lookback));
    cli_json_set(object, "horizon", json_integer(e->horizon));
    cli_json_set(object, "season", json_integer(e->season));
    cli_json_set(object, "points", json_integer((json_int_t)e->points));
    cli_json_set(object, "skipped", json_integer((json_int_t)e->skipped));
    for (int i = 0; i < e->score_count; i++)
        cli_json_append(scores, score_json(e, &e->scores[i]));
    cli_json_set(object, "scores", scores);
    cli_json_set(object, "best_naive", cli_json_text(e->scores[e->best_naive].name));
    cli_json_set(object, "p", cli_json_real(e->scores[e->best_naive].p));
    cli_json_set(object, "beats_naive", json_boolean(e->beats_naive));
    cli_json_set(object, "verdict", cli_json_text(e->verdict));
    cli_json_set(object, "seconds", cli_json_real(e->seconds));
    return cli_json_print(object, error);
}

/* --- CSV --- */

static void csv_rows(FILE *out, const fc_evaluation *e, const fc_score *s)
{
    const double all[] = {s->mse, s->mae, s->mse_original, s->mae_original, s->mase, s->smape};
    fprintf(out, "%s,,", s->name);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        cli_csv_number(out, all[i]);
    fputc('\n', out);
    for (int j = 0; j < e->targets; j++) {
        const double one[] = {s->variate_mse[j],          s->variate_mae[j],  s->variate_mse_original[j],
                              s->variate_mae_original[j], s->variate_mase[j], s->variate_smape[j]};
        fputs(s->name, out);
        fputc(',', out);
        nn_csv_field(out, e->names[j]);
        fputc(',', out);
        for (size_t i = 0; i < sizeof one / sizeof *one; i++)
            cli_csv_number(out, one[i]);
        fputc('\n', out);
    }
    for (int h = 0; h < e->horizon; h++) {
        fprintf(out, "%s,,%d", s->name, h + 1);
        cli_csv_number(out, s->step_mse[h]);
        cli_csv_number(out, s->step_mae[h]);
        fputs(",,,,\n", out);
    }
}

int cli_scores_csv(const cli_scored *scored, const char *path, nn_error *error)
{
    nn_output *output = nn_output_open(path, error);
    if (!output)
        return NN_FAILED;
    FILE *out = nn_output_stream(output);
    fputs("forecast,series,step,mse,mae,mse_original,mae_original,mase,smape\n", out);
    for (int i = 0; i < scored->evaluation->score_count; i++)
        csv_rows(out, scored->evaluation, &scored->evaluation->scores[i]);
    return nn_output_commit(output, error);
}
