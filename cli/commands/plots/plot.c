/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex plot: pictures of series, forecasts, losses, attention and light curves. */
#include "cli/shell/list.h"

#include "cli/commands/plots/plot.h"
#include "cli/input/holidays.h"
#include "cli/input/source.h"
#include "cli/output/loss_figure.h"
#include "cli/shell/arguments.h"
#include "cli/shell/report.h"

#include <stdlib.h>
#include <string.h>

#define FIELD(name) offsetof(cli_plot_settings, name)
static const nn_option options[] = {
    {"output", 'o', NN_TEXT, FIELD(output), "-", "FILE", 0, 0,
     "the picture: .png, .svg or .pdf; -: text art in the terminal"},
    {"plot-script", 0, NN_TEXT, FIELD(script), NULL, "FILE", 0, 0, "write the picture's gnuplot script"},
    {"history", 0, NN_TEXT, FIELD(history), NULL, "DATA.csv", 0, 0,
     "of series: what came before them, drawn in front"},
    {"last", 0, NN_INT, FIELD(last), "0", "N", 0, 1000000000,
     "rows to draw, from the end; 0: all, but of --history three times the rows of the forecast"},
    {"csv", 0, NN_TEXT, FIELD(csv), NULL, "FILE", 0, 0,
     "of components: write them; -: standard output, in place of a picture unless -o names one"},
    {"season", 0, NN_INT, FIELD(season), "0", "N", 0, 10000000,
     "of components: rows of a season; 0: of the step between rows, or found; further ones are found too"},
    {"layer", 0, NN_INT, FIELD(layer), "0", "N", 0, 100000, "of attention: the layer, counted from 0"},
    {"head", 0, NN_INT, FIELD(head), "-1", "N", -1, 100000,
     "of attention: the head, counted from 0; -1: mean of all"},
    {"id", 0, NN_LIST, FIELD(id), NULL, "ID,...", 0, 0,
     "of lightcurve: the objects, up to 12 in one picture; of series and components: the column that names "
     "the series of a long file"},
    {"objects", 0, NN_INT, FIELD(objects), "1", "N", 1, 12,
     "of lightcurve: so many objects in one picture, from the first of the file"},
    {"page", 0, NN_INT, FIELD(page), "1", "N", 1, 1000000,
     "of lightcurve: the N-th picture of so many objects"},
    {"axis", 0, NN_CHOICE, FIELD(axis), "auto", "auto|flux|magnitude", 0, 0,
     "of lightcurve: what is drawn; auto: magnitudes where the file has them"},
    {"fold", 0, NN_TEXT, FIELD(fold), NULL, "auto|DAYS", 0, 0,
     "of lightcurve: two cycles of a period, from where it is brightest; auto: of each object's own, as "
     "'auspex "
     "period' finds it"},
    {"shortest-period", 0, NN_REAL, FIELD(shortest), "0.05", "DAYS", 1e-4, 1000,
     "of --fold auto: the shortest period that is looked for"},
    {"gp", 0, NN_FLAG, FIELD(process), "false", NULL, 0, 0,
     "of lightcurve: draw mean and deviation of the Gaussian process in time and wavelength"},
    {"window", 0, NN_REAL, FIELD(window), "50", "DAYS", 0, 1e6,
     "of lightcurve: only points so close to the first and last detection; 0: all points"},
    {"title", 0, NN_TEXT, FIELD(title), NULL, "TEXT", 0, 0, "title of the picture"},
    {0}};

static int draw_loss(const cli_run *run, cli_figure *figure, nn_error *error)
{
    fc_model *model;
    int code = fc_model_load(&model, FC_ANY, run->operands[1], error);
    if (!code)
        code = cli_draw_loss(figure, model, error);
    fc_model_free(model);
    return code;
}

static const struct {
    const char *word;
    int operands, most; /* the word included */
    const char *takes;
    int (*draw)(const cli_run *run, cli_figure *figure, nn_error *error);
} subjects[] = {{"series", 2, 2, "FILE.csv", cli_plot_series},
                {"components", 2, 2, "FILE.csv", cli_plot_components},
                {"loss", 2, 2, "MODEL", draw_loss},
                {"attention", 3, CLI_MOST_DATA + 1, "DATA.csv MODEL", cli_plot_attention},
                {"lightcurve", 2, 2, "FILE", cli_plot_lightcurve}};

static int run(cli_run *run, nn_error *error)
{
    cli_plot_settings *s = run->settings;
    const bool elsewhere = (s->script || s->csv) && !cli_given("output");
    cli_figure figure =
        cli_figure_make(elsewhere ? NULL : s->output, s->script, s->csv && strcmp(s->csv, "-") == 0);
    int code = cli_figure_check(&figure, error);
    if (code)
        return code;
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
        if (strcmp(run->operands[0], subjects[i].word) == 0)
            return run->operand_count >= subjects[i].operands && run->operand_count <= subjects[i].most
                       ? subjects[i].draw(run, &figure, error)
                       : nn_fail(error, NN_USAGE, "plot %s takes %s", subjects[i].word, subjects[i].takes);
    if (run->operand_count != 1)
        return nn_fail(error, NN_USAGE, "'%.60s' is none of series, components, loss, attention, lightcurve",
                       run->operands[0]);
    return cli_plot_series(run, &figure, error);
}

static const cli_section sections[] = {{"Picture", options, 0},
                                       {CLI_HOLIDAYS, cli_holidays_options, FIELD(reading)},
                                       {CLI_READING, ds_reading_options, FIELD(reading)},
                                       {"Light curves", cli_photometry_options, FIELD(light)},
                                       {0}};
static const cli_example examples[] = {
    {"auspex plot data.csv --columns load,wind --last 500 -o data.png", "series of a file"},
    {"auspex plot forecast.csv --history data.csv -o forecast.png", "a forecast behind its history"},
    {"auspex plot components sales.csv -o parts.png", "trend, seasons and the rest of each series"},
    {"auspex plot loss model.safetensors", "how training went, in the terminal"},
    {"auspex plot attention data.csv model.safetensors -o attention.svg", "which series looks at which"},
    {"auspex plot lightcurve alerts.csv --id 42 --gp -o 42.png", "an object with its Gaussian process"},
    {"auspex plot lightcurve stars.csv --objects 12 --fold auto -o stars.png",
     "twelve variable stars, folded by their periods"},
    {NULL, NULL}};

const cli_command cli_plot = {
    .name = "plot",
    .summary =
        "draw series, their components, a forecast, the losses of training, attention, or a light curve",
    .synopsis = "[series] FILE.csv | components FILE.csv | loss MODEL | attention DATA.csv... MODEL | "
                "lightcurve FILE "
                "[-o FILE] [OPTION...]",
    .about = "Pictures are drawn by gnuplot. Attention is that of the last look-back window of the data: a "
             "row shows how much "
             "the series named there takes from each of the others.\n\n"
             "Components are those of MSTL: a trend, each season that the calendar or the rows show, and the "
             "rest; they add up to the values. Missing values are bridged by lines, and have no rest.",
    .examples = examples,
    .sections = sections,
    .settings_size = sizeof(cli_plot_settings),
    .least_operands = 1,
    .most_operands = CLI_MOST_DATA + 1,
    .operands = "FILE.csv, components FILE.csv, loss MODEL, attention DATA.csv MODEL or lightcurve FILE",
    .run = run,
};
