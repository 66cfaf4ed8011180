/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex compare: several models, and kinds that are fitted at once, over the same rows in one table. */
#include "cli/input/automatic.h"
#include "cli/input/holidays.h"
#include "cli/input/source.h"
#include "cli/output/scores.h"
#include "cli/shell/arguments.h"
#include "cli/shell/list.h"
#include "cli/shell/report.h"
#include "datasets/series/season.h"
#include "forecast/forecasters/choice/candidate.h"
#include "forecast/passing.h"
#include "forecast/scores/ranking.h"
#include "forecast/tasks/series/series.h"
#include "forecast/tasks/stations/stations.h"
#include "forecast/training/fit.h"
#include "forecast/training/learnt.h"
#include "lib/base/ranks.h"
#include "lib/base/text.h"

#include <stdlib.h>
#include <string.h>

typedef struct settings {
    cli_common common;
    cli_reading reading;
    char *split, *csv, *target;
    int part, season, horizon, stride, threads, json, per_variate, per_step, require_skill;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option output_options[] = {
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "one JSON document instead of tables"},
    {"csv", 0, NN_TEXT, FIELD(csv), NULL, "FILE", 0, 0,
     "write all scores, also by series and step; -: standard output"},
    {"per-variate", 0, NN_FLAG, FIELD(per_variate), "false", NULL, 0, 0, "scores of every series"},
    {"per-step", 0, NN_FLAG, FIELD(per_step), "false", NULL, 0, 0, "scores of every step of the horizon"},
    {"require-skill", 0, NN_FLAG, FIELD(require_skill), "false", NULL, 0, 0,
     "exit code 4 unless one of them beats the best naive forecast, p at most 0.05 after Holm's correction"},
    {"threads", 0, NN_INT, FIELD(threads), "0", "N", 0, 1024,
     "0: all cores; results are the same for any number"},
    {0}};
static const nn_option options[] = {
    {"part", 0, NN_CHOICE, FIELD(part), "test", "test|validation|train", 0, 0,
     "the part of the rows that is scored, also if a model was trained on it"},
    {"split", 0, NN_TEXT, FIELD(split), NULL, "SPLIT", 0, 0,
     "how the rows are cut, as for train (as the first model was trained; 0.7/0.1/0.2)"},
    {"target", 0, NN_LIST, FIELD(target), NULL, "A,B,...", 0, 0,
     "columns that are scored (all that every model forecasts); the others are seen only"},
    {"horizon", 0, NN_INT, FIELD(horizon), "0", "N", 0, 1000000,
     "steps ahead that are scored; 0: as many as all models forecast; without models one season"},
    {"season", 0, NN_INT, FIELD(season), "0", "N", 0, 10000000,
     "rows of a season; 0: the first model's, or of the step between rows, or found in the training rows"},
    {"stride", 0, NN_INT, FIELD(stride), "0", "N", 0, 10000000,
     "rows from one origin to the next; 1: every row; 0: such that there are at most 500"},
    {0}};

static const char *const part_names[] = {"test", "validation", "train"};

typedef struct job {
    const settings *s;
    const cli_run *run;
    fc_model *model[FC_MOST_SCORED]; /* in the order of the contenders; owned */
    char *name[FC_MOST_SCORED];      /* owned */
    fc_contender contender[FC_MOST_SCORED];
    int count;
    fc_model *first; /* from a file; NULL: there is none */
    ds_table *table;
    ds_split split;
    fc_ranking_request request;
} job;

/* --- models from files --- */

/* What stands for a model in the table: the file's name without its folder and suffix. */
static char *name_of(const char *path)
{
    char *name = strdup(nn_base_name(path));
    char *suffix = name ? strstr(name, ".safetensors") : NULL;
    if (suffix && suffix != name && !suffix[12])
        *suffix = '\0';
    return name;
}

static int add(job *j, fc_model *model, char *name, bool naive, nn_error *error)
{
    j->model[j->count] = model;
    j->name[j->count] = name;
    j->contender[j->count] = (fc_contender){.model = model, .name = name, .naive = naive};
    j->count++;
    return name ? NN_OK : nn_no_memory(error);
}

static int load(job *j, const char *path, nn_error *error)
{
    fc_model *model;
    int code = fc_model_load(&model, FC_FORECASTS, path, error);
    if (code)
        return code;
    code = add(j, model, name_of(path), false, error);
    if (fc_model_panel(model) || fc_model_market(model))
        return nn_fail(error, NN_USAGE,
                       "%s is a model of %s, and models of tables are compared here; 'auspex evaluate' "
                       "scores it",
                       path, fc_model_panel(model) ? "stations" : "prices");
    j->first = j->first ? j->first : model;
    return code;
}

static int check_kind(const char *word, nn_error *error)
{
    const fc_kind *kind = fc_kind_find(word);
    if (fc_pretrained_is_folder(word))
        return NN_OK;
    if (kind && kind->forecaster)
        return NN_OK;
    if (kind)
        return nn_fail(error, NN_USAGE,
                       "%s has to be trained first: auspex train DATA.csv --model %s -o FILE", word, word);
    return nn_fail(error, NN_USAGE,
                   "'%.200s' is neither a model's file nor a kind of model that is fitted at once, such as "
                   "auto, stl, theta or linear",
                   word);
}

static int load_all(job *j, nn_error *error)
{
    int code = NN_OK;
    for (int i = 1; i < j->run->operand_count && !code; i++) {
        const char *word = j->run->operands[i];
        code = fc_is_model_file(word) ? load(j, word, error) : check_kind(word, error);
    }
    return code;
}

/* --- the data --- */

static bool same_columns(const job *j)
{
    for (int i = 1; i < j->count; i++) {
        const fc_model *a = j->model[0], *b = j->model[i];
        if (a->columns != b->columns)
            return false;
        for (int c = 0; c < a->columns; c++)
            if (strcmp(a->names[c], b->names[c]) != 0)
                return false;
    }
    return true;
}

static int read_data(job *j, nn_error *error)
{
    const char *path = j->run->operands[0];
    if (!j->first)
        return cli_automatic_read(&j->table, path, &j->s->reading, error);
    if (same_columns(j))
        return cli_read_table_for(&j->table, path, &j->s->reading, j->first, 0, error);
    const cli_reading own = cli_reading_for(&j->s->reading, j->first);
    int code = cli_read_table(&j->table, path, &own, 0, error);
    for (int i = 0; i < j->count && !code; i++)
        code = cli_holidays_need(j->table, &own, j->model[i], error);
    return code;
}

static int find_horizon(job *j, nn_error *error)
{
    const cli_automatic how = {.horizon = j->s->horizon, .season = j->s->season};
    int least = 0;
    for (int i = 0; i < j->count; i++)
        if (!least || j->model[i]->horizon < least)
            least = j->model[i]->horizon;
    if (!j->first)
        return cli_automatic_horizon(&j->request.horizon, &how, j->table, error);
    if (j->s->horizon > least)
        return nn_fail(error, NN_USAGE, "--horizon %d: not all models forecast more than %d steps",
                       j->s->horizon, least);
    j->request.horizon = j->s->horizon ? j->s->horizon : least;
    return NN_OK;
}

static int find_season(job *j, nn_error *error)
{
    ds_season season = {.rows = j->s->season};
    const fc_model *m = j->first;
    int code = NN_OK;
    if (!season.rows && m && m->frequency.unit == j->table->frequency.unit &&
        m->frequency.count == j->table->frequency.count)
        season = (ds_season){fc_model_season(m), m->season_found};
    if (!season.rows)
        code = ds_season_of(j->table, j->split.train, NULL, &season, error);
    j->request.season = season.rows;
    j->request.season_found = season.found;
    return code;
}

static int open_data(job *j, nn_error *error)
{
    fc_ranking_request *q = &j->request;
    int code = read_data(j, error);
    if (code)
        return code;
    q->split_name = j->s->split ? j->s->split : ds_split_text(j->first ? j->first->split : NULL);
    q->part = part_names[j->s->part];
    q->table = j->table;
    q->data = nn_base_name(j->table->path);
    q->split = &j->split;
    q->stride = (size_t)j->s->stride;
    q->threads = j->s->threads;
    code = ds_split_make(q->split_name, j->table, &j->split, error);
    if (!code)
        code = find_horizon(j, error);
    return code ? code : find_season(j, error);
}

/* --- kinds that are fitted at once --- */

/* The columns that all models from files forecast, or that are known beforehand, as an option's list;
 * malloced. */
static char *list_columns(const job *j, bool future)
{
    char *list = strdup("");
    for (int c = 0; c < j->first->columns && list; c++)
        if (future
                ? j->first->is_future && j->first->is_future[c]
                : j->first->is_target[c] && (!j->s->target || nn_list_has(j->s->target, j->first->names[c])))
            nn_list_add(&list, j->first->names[c]);
    return list;
}

/* The columns that kinds are fitted to, malloced; NULL: all. */
static int list_targets(char **list, const job *j, nn_error *error)
{
    const char *asked = j->s->target;
    *list = j->first ? list_columns(j, false) : asked ? strdup(asked) : NULL;
    if ((j->first || asked) && !*list)
        return nn_no_memory(error);
    return j->first && asked && nn_list_count(*list) < nn_list_count(asked)
               ? nn_fail(error, NN_USAGE, "--target: the first model does not forecast all of '%.200s'",
                         asked)
               : NN_OK;
}

/* The last part of its path. */
static char *name_of_folder(const char *path)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/')
        begin--;
    return strndup(path + begin, end - begin);
}

static int fit(fc_model **model, const job *j, const char *name, nn_error *error)
{
    ds_split split = j->split;
    char *targets = NULL, *futures = j->first ? list_columns(j, true) : NULL;
    *model = NULL;
    if (j->s->part == 1) /* no rows that are scored may be learnt from */
        split.validation = (ds_part){split.train.end, split.train.end};
    const bool folder = fc_pretrained_is_folder(name);
    const fc_kind *kind = fc_kind_find(name);
    void *config = NULL;
    int code =
        folder ? fc_pretrained_settings(&kind, &config, name, error) : fc_kind_config(&config, kind, error);
    if (!kind) {
        free(futures);
        return code;
    }
    code = code ? code : list_targets(&targets, j, error);
    const fc_request request = {.kind = kind,
                                .config = config,
                                .lookback = 1,
                                .horizon = j->request.horizon,
                                .split_name = "",
                                .season = j->request.season,
                                .table = j->table,
                                .split = &split,
                                .targets = targets,
                                .futures = futures && *futures && fc_series_knows(kind) ? futures : NULL,
                                .scaler = DS_NOSCALE,
                                .points = true,
                                .threads = j->s->threads};
    cli_progress("fitting %s ...", name);
    if (!code && j->first && !futures)
        code = nn_no_memory(error);
    if (!code)
        code = fc_model_new(model, &request, error);
    if (!code)
        code = fc_fit(*model, &request, error);
    cli_progress_end();
    fc_kind_config_free(config, kind);
    free(targets);
    free(futures);
    return code;
}

/* What is to be fitted, in the order of the table: a folder's network is fitted already, and auto is shared
 * by all ranks itself. */
typedef struct wish {
    const char *name;
    bool naive, alone; /* alone: by one rank for the others */
} wish;

typedef struct wishes {
    const job *job;
    wish item[FC_MOST_SCORED];
    int count;
} wishes;

static void wish_for(wishes *list, const char *name, bool naive)
{
    for (int i = 0; i < list->count; i++)
        if (!list->job->first && strcmp(list->item[i].name, name) == 0)
            return;
    list->item[list->count++] =
        (wish){name, naive, strcmp(name, "auto") != 0 && !fc_pretrained_is_folder(name)};
}

/* The naive forecasts first: they are always in it. */
static void list_wishes(wishes *list, const job *j)
{
    *list = (wishes){.job = j};
    wish_for(list, "naive", true);
    if (j->request.season > 1)
        wish_for(list, "seasonal-naive", true);
    for (int i = 1; i < j->run->operand_count; i++) {
        const char *word = j->run->operands[i];
        const bool naive = strcmp(word, "naive") == 0 || strcmp(word, "seasonal-naive") == 0;
        if (!fc_is_model_file(word) && !naive)
            wish_for(list, word, false);
    }
}

static int fit_piece(void *context, int piece, fc_model **model, nn_error *error)
{
    const wishes *list = context;
    return fit(model, list->job, list->item[piece].name, error);
}

/* How many from this one on are fitted by a rank each. */
static int count_alone(const wishes *list, int from)
{
    int n = 0;
    while (from + n < list->count && list->item[from + n].alone)
        n++;
    return n;
}

static int fit_all(job *j, nn_error *error)
{
    wishes list;
    fc_ahead ahead = {0};
    int code = NN_OK;
    list_wishes(&list, j);
    for (int i = 0; i < list.count && !code; i++) {
        const wish *w = &list.item[i];
        const int alone = count_alone(&list, i);
        fc_model *model = NULL;
        if (!fc_ahead_has(&ahead, i) && nn_ranks() > 1 && alone > 1)
            code = fc_ahead_go(&ahead, i, alone, fit_piece, &list, error);
        if (!code && fc_ahead_has(&ahead, i)) {
            code = fc_ahead_code(&ahead, i, error);
            code = code ? code : fc_ahead_model(&model, &ahead, i, error);
        } else if (!code) {
            code = fit(&model, j, w->name, error);
        }
        if (!code)
            code = add(j, model, fc_pretrained_is_folder(w->name) ? name_of_folder(w->name) : strdup(w->name),
                       w->naive, error);
        else
            fc_model_free(model);
    }
    fc_ahead_clear(&ahead);
    return code;
}

/* --- the command --- */

static int check_learnt(job *j, nn_error *error)
{
    const ds_part *part = ds_split_part(&j->split, j->request.part, error);
    int code = part ? NN_OK : NN_USAGE;
    for (int i = 0; i < j->count && !code; i++) {
        fc_contender *c = &j->contender[i];
        code = fc_learnt_count(&c->learnt, c->model, j->table, *part, error);
        if (!code && c->learnt && !cli_given("part"))
            code = nn_fail(error, NN_BAD_DATA,
                           "%s: %zu of the %zu rows of the %s part were trained on by %s, so that scores of "
                           "them tell nothing of others; --part %s scores them all the same",
                           j->request.data, c->learnt, part->end - part->begin, j->request.part, c->name,
                           j->request.part);
    }
    return code;
}

static int compare(job *j, const cli_scores_form *form, nn_error *error)
{
    fc_scores *scores;
    j->request.contender = j->contender;
    j->request.count = j->count;
    cli_progress("scoring ...");
    int code = fc_rank(&scores, &j->request, error);
    cli_progress_end();
    if (code)
        return code;
    code = cli_scores_give(scores, form, error);
    if (!code && j->s->require_skill && !scores->beats)
        code = nn_fail(error, CLI_GATE, "none is shown to beat %s (--require-skill)", scores->rival);
    fc_scores_free(scores);
    return code;
}

static int run(cli_run *run, nn_error *error)
{
    const settings *s = run->settings;
    const cli_scores_form form = {s->json, s->csv,
                                  (s->per_variate ? FC_EACH : 0U) | (s->per_step ? FC_STEP : 0U)};
    job j = {.s = s, .run = run};
    int code = cli_check_input(run->operands[0], error);
    if (!code && fc_is_model_file(run->operands[0]))
        code = nn_fail(error, NN_USAGE, "%.200s is a model; the data comes first, then the models",
                       run->operands[0]);
    if (!code)
        code = cli_scores_form_check(&form, error);
    if (!code)
        code = load_all(&j, error);
    if (!code)
        code = open_data(&j, error);
    if (!code)
        code = check_learnt(&j, error);
    if (!code)
        code = fit_all(&j, error);
    if (!code)
        code = check_learnt(&j, error);
    if (!code)
        code = compare(&j, &form, error);
    for (int i = 0; i < j.count; i++) {
        fc_model_free(j.model[i]);
        free(j.name[i]);
    }
    ds_table_free(j.table);
    return code;
}

static const cli_section sections[] = {{"Output", output_options, 0},
                                       {"Scoring", options, 0},
                                       {CLI_HOLIDAYS, cli_holidays_options, FIELD(reading)},
                                       {CLI_READING, ds_reading_options, FIELD(reading)},
                                       {0}};
static const cli_score_section scores[] = {{"Scores, and their names in JSON and CSV", fc_ranked_metrics},
                                           {0}};
static const cli_example examples[] = {
    {"auspex compare sales.csv auto stl theta linear --horizon 12", "kinds of model that are fitted at once"},
    {"auspex compare data.csv a.safetensors b.safetensors linear", "two trained models beside a simple one"},
    {"auspex compare data.csv a.safetensors auto --json | jq '.scores[0].name'",
     "the best one, for programs"},
    {NULL, NULL}};

const cli_command cli_compare = {
    .name = "compare",
    .summary = "score several models over the same rows of a CSV file, in one table",
    .synopsis = "DATA.csv MODEL|KIND... [OPTION...]",
    .about =
        "Each forecasts from the same rows of the test part as many steps, and is scored on the same values: "
        "models from their files, folders of published networks, and kinds without a network, fitted to the "
        "training part first (kinds "
        "that choose on folds of their own see the validation part too). The naive and the seasonal naive "
        "forecast are always among them. The best comes first.\n\n"
        "The errors of each are compared with those of the best naive forecast by a Diebold-Mariano test "
        "(corrected after Harvey, Leybourne and Newbold). Who tries many finds one that was lucky: Holm's "
        "correction takes their number into account, and the last line goes by it. Errors are those of "
        "values scaled by their deviation in training, the same for all.\n\n"
        "The file is read as the first model's was. Columns that all of them forecast are scored, and as "
        "many steps as all forecast. Rows that a model was trained on are refused, unless --part asks for "
        "them.",
    .examples = examples,
    .sections = sections,
    .scores = scores,
    .settings_size = sizeof(settings),
    .least_operands = 2,
    .most_operands = FC_MOST_SCORED - 2,
    .operands = "DATA.csv and models, trained ones from their files or kinds such as auto, ets and linear",
    .run = run,
};
