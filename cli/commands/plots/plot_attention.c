/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of auspex plot that draws where a model's attention goes. */
#include "cli/commands/plots/plot.h"

#include "cli/input/source.h"
#include "cli/shell/report.h"
#include "forecast/tasks/series/forecast.h"
#include "forecast/tasks/stations/stations.h"
#include "lib/parts/block.h"

#include <stdlib.h>
#include <string.h>

/* The tokens of calendar features, in the order of ds_time_features. */
static const char *feature_name(const char *set, int index)
{
    static const char *const names[] = {"second", "minute", "hour", "weekday", "day of month", "day of year"};
    static const char *const weekly[] = {"day of month", "week"};
    if (strcmp(set, "t2v") == 0)
        return index ? "time, sine" : "time";
    int first = *set == 's' ? 0 : *set == 't' ? 1 : *set == 'h' ? 2 : 3;
    if (*set == 'w')
        return index < 2 ? weekly[index] : "?";
    if (*set == 'm')
        return "month";
    return first + index < 6 ? names[first + index] : "?";
}

enum { NAME_ROOM = 28 };

/* What makes the tokens of a model, as its file says; kind NULL: the default. */
static void read_tokenizer(nn_part *part, const fc_model *model)
{
    char text[400];
    nn_error ignored = {0};
    const nn_option *option = nn_option_find(model->kind->options, "tokenizer");
    *part = (nn_part){0};
    if (!option)
        return;
    nn_option_get(option, model->config, text, sizeof text);
    if (nn_part_parse(part, NN_PART_TOKENIZER, text, strlen(text), &ignored))
        nn_part_clear(part);
}

/* A token of rows, the last of which is -1, or of a patch of them. */
static void name_rows(char *name, const nn_part *tokenizer, const fc_model *model, int tokens, int i)
{
    int first, last;
    if (!nn_token_rows(tokenizer, model->lookback, tokens, i, &first, &last))
        snprintf(name, NAME_ROOM, "token %d", i + 1);
    else if (first == last)
        snprintf(name, NAME_ROOM, "%d", last);
    else
        snprintf(name, NAME_ROOM, "%d to %d", first, last);
}

/* Names of tokens: columns and then calendar features; or rows, written into room. */
static void name_tokens(const char **names, char *room, const fc_model *model, int tokens)
{
    nn_part tokenizer;
    read_tokenizer(&tokenizer, model);
    for (int i = 0; i < tokens; i++)
        if (model->kind->row_tokens && model->kind->row_tokens(model->config)) {
            names[i] = room + (size_t)i * NAME_ROOM;
            name_rows(room + (size_t)i * NAME_ROOM, &tokenizer, model, tokens, i);
        } else {
            names[i] =
                i < model->columns ? model->names[i] : feature_name(model->features, i - model->columns);
        }
    nn_part_clear(&tokenizer);
}

static int draw(const cli_plot_settings *s, cli_figure *figure, const fc_model *model, const double *map,
                int tokens, nn_error *error)
{
    const char **names = calloc((size_t)tokens, sizeof *names);
    char title[300], head[32] = "mean of heads", *room = malloc((size_t)tokens * NAME_ROOM);
    if (!names || !room) {
        free(names);
        free(room);
        return nn_fail(error, NN_FAILED, "no memory for a picture");
    }
    name_tokens(names, room, model, tokens);
    if (s->head >= 0)
        snprintf(head, sizeof head, "head %d", s->head);
    snprintf(title, sizeof title, "Attention of %s, layer %d (--layer %d), %s", model->kind->name,
             s->layer + 1, s->layer, head);
    pl_heatmap_plot plot = {.title = s->title ? s->title : title,
                            .row_title = "query",
                            .column_title = "key",
                            .value_title = "weight",
                            .row_names = names,
                            .column_names = names,
                            .rows = tokens,
                            .columns = tokens,
                            .value = map};
    int code = cli_figure_end(figure, pl_heatmap(&plot, cli_figure_begin(figure), error));
    free(names);
    free(room);
    return code;
}

int cli_plot_attention(const cli_run *run, cli_figure *figure, nn_error *error)
{
    const cli_plot_settings *s = run->settings;
    fc_model *model = NULL;
    cli_source source = {0};
    double *map = NULL;
    int tokens = 0;
    const char *file = run->operands[run->operand_count - 1];
    int code = fc_model_load(&model, FC_FORECASTS, file, error);
    if (!code && fc_model_panel(model))
        code = nn_fail(error, NN_USAGE,
                       "%.200s is a model of a panel of stations; attention is drawn of others", file);
    if (!code)
        code = cli_source_read_for(&source, &run->operands[1], run->operand_count - 2, &s->reading, model,
                                   fc_model_tail(model), error);
    if (!code)
        code = fc_attention(model, source.table, s->layer, s->head, &map, &tokens, error);
    if (!code)
        code = draw(s, figure, model, map, tokens, error);
    free(map);
    cli_source_clear(&source);
    fc_model_free(model);
    return code;
}
