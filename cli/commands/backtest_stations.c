/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fold after fold of a panel of stations, and what becomes of the scores of any task with folds. */
#include "cli/commands/backtest.h"

#include "cli/input/recipe.h"
#include "cli/output/fold_scores.h"
#include "cli/shell/arguments.h"
#include "cli/shell/report.h"
#include "cli/shell/signals.h"
#include "lib/base/text.h"
#include "lib/pool.h"

#include <math.h>
#include <string.h>

#define FIELD(name) offsetof(cli_panel_folds, name)
const nn_option cli_panel_folds_options[] = {
    {"stride", 0, NN_INT, FIELD(stride), "1", "N", 1, 1000000,
     "a window begins every N rows, to train and to score, fewer than all for large panels"},
    {"order", 0, NN_INT, FIELD(order), "3", "N", 1, 1000,
     "last values that the linear forecasts beside a model look at, of the station and of its --neighbours"},
    {"floor", 0, NN_REAL, FIELD(floor), NULL, "VALUE", 0, 0,
     "simple forecasts below this value count as it, such as 0 for power"},
    {0}};

bool cli_panel_folds_asked(const cli_panel_folds *s)
{
    return cli_panel_asked(&s->panel) || cli_given("stride");
}

static int give(const cli_folded *f, const cli_fold_output *output, nn_error *error)
{
    int code = NN_OK;
    if (output->json)
        code = cli_folds_json(f, error);
    else if (!output->csv || strcmp(output->csv, "-") != 0)
        cli_folds_print(f);
    if (!code && output->csv)
        code = cli_folds_csv(f, output->csv, error);
    if (!code && output->require_skill && !f->scores->beats)
        code = nn_fail(error, CLI_GATE,
                       "the model is not shown to beat what stands beside it (--require-skill)");
    return code;
}

int cli_backtest_rounds(fc_rounds *rounds, const char *data, const cli_fold_output *output, nn_error *error)
{
    fc_fold_scores *scores;
    rounds->progress = cli_backtest_progress;
    nn_pool_blas_alone();
    cli_interrupt_wait(true);
    int code = fc_folds_run(&scores, rounds, error);
    cli_interrupt_wait(false);
    cli_progress_end();
    if (code)
        return code == NN_STOPPED ? cli_backtest_stopped(error) : code;
    const cli_folded f = {.scores = scores, .model = &rounds->model, .data = nn_base_name(data)};
    code = give(&f, output, error);
    fc_fold_scores_free(scores);
    return code;
}

int cli_backtest_panel(const cli_run *run, fc_rounds *rounds, const cli_panel_folds *s,
                       const cli_reading *reading, const cli_fold_output *output, nn_error *error)
{
    cli_panel panel = {0};
    cli_panel_settings how = s->panel;
    fc_training training = *rounds->model.training;
    how.target = (char *)rounds->model.targets;
    int code = cli_recipe_training(&training, run, error);
    if (!code)
        code = cli_panel_learn(&panel, run->operands, run->operand_count, reading, &how, error);
    rounds->model.training = &training;
    rounds->model.panel = panel.panel;
    rounds->model.stride = s->stride;
    rounds->order = s->order;
    rounds->neighbours = s->panel.neighbours;
    rounds->floor = cli_given("floor") ? s->floor : NAN;
    if (!code)
        code = cli_backtest_rounds(rounds, run->operands[0], output, error);
    cli_panel_clear(&panel);
    return code;
}
