/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws the losses of a training by epoch. */
#include "plots/tics.h"

#include <math.h>

enum { HEIGHT = 400, ABOVE = 30, BELOW = 72, FEW_EPOCHS = 60 };

/* Share of the axis kept free above all lines, for the label of the best epoch. */
#define HEADROOM 0.06

/* A training that starts far above where it ends would be flat on a linear axis. */
static bool wants_log(pl_range range)
{
    return range.low > 0 && range.low < range.high && range.high / range.low > 50;
}

static void put_y_axis(pl_script *s, const pl_loss_plot *plot, pl_tics *tics)
{
    pl_range range = PL_RANGE_EMPTY;
    pl_range_add(&range, plot->training, plot->training ? (size_t)plot->epochs : 0);
    pl_range_add(&range, plot->validation, plot->validation ? (size_t)plot->epochs : 0);
    pl_range_add(&range, &plot->naive, 1);
    int most = s->terminal == PL_TEXT ? s->rows / 5 : HEIGHT / 45;
    if (wants_log(range)) {
        range = (pl_range){range.low / 1.2, range.high * pow(range.high / range.low, HEADROOM)};
        pl_tics_log(range, most, tics);
        fputs("set logscale y\n", s->out);
    } else {
        pl_range_settle(&range, 0.06);
        range.high += HEADROOM * (range.high - range.low);
        pl_tics_linear(range, most, false, tics);
    }
    pl_put_range(s, "y", range);
    pl_put_tics(s, "y", tics);
}

static void put_x_axis(pl_script *s, int epochs, double air)
{
    pl_range range = {1 - air, epochs + air};
    pl_tics tics;
    pl_put_range(s, "x", range);
    pl_tics_linear(epochs <= 12 ? range : (pl_range){0.5, range.high}, 12, true, &tics);
    pl_put_tics(s, "x", &tics);
}

static void put_marks(pl_script *s, const pl_loss_plot *plot)
{
    bool text = s->terminal == PL_TEXT;
    if (plot->best >= 1 && plot->best <= plot->epochs) {
        const char *colour = text ? "linetype 0" : "back linecolor rgb '#9aa7b4' linewidth 1 dashtype '-'";
        fprintf(s->out, "set arrow from %d,graph 0 to %d,graph 1 nohead %s\n", plot->best, plot->best,
                colour);
        /* On the side where there is room. */
        bool left = plot->best > 0.8 * plot->epochs;
        fprintf(
            s->out,
            "set label 'best: epoch %d' at %d,graph 0.96 %s offset %d,0 noenhanced textcolor rgb '#444444'\n",
            plot->best, plot->best, left ? "right" : "left", left ? -2 : 2);
    }
}

static void put_plots(pl_script *s, const pl_loss_plot *plot, bool training, bool validation, bool naive)
{
    const char *how = plot->epochs <= FEW_EPOCHS && s->terminal != PL_TEXT ? "linespoints" : "lines";
    const char *separator = "plot ";
    if (naive) {
        fprintf(s->out, "%s$naive using 1:2 with lines linestyle %d title 'naive forecast'", separator,
                PL_NAIVE);
        separator = ", ";
    }
    if (training) {
        fprintf(s->out, "%s$training using 1:2 with %s linestyle %d title 'training'", separator, how,
                s->terminal == PL_TEXT ? PL_TRUTH : PL_HISTORY);
        separator = ", ";
    }
    if (validation) {
        fprintf(s->out, "%s$validation using 1:2 with %s linestyle %d title 'validation'", separator, how,
                PL_FORECAST);
        separator = ", ";
    }
    bool best = validation && plot->best >= 1 && plot->best <= plot->epochs &&
                pl_drawable(plot->validation[plot->best - 1]) && s->terminal != PL_TEXT;
    if (best)
        fprintf(s->out,
                ", $best using 1:2 with points pointtype 7 pointsize %g linecolor rgb '#0072b2' notitle",
                2.2 * pl_dot_size(s));
    fputs(*separator == 'p' ? "plot NaN notitle\n" : "\n", s->out);
}

static void put_data(pl_script *s, const pl_loss_plot *plot, bool training, bool validation)
{
    if (training)
        pl_put_series(s, "training", plot->training, plot->epochs);
    if (validation)
        pl_put_series(s, "validation", plot->validation, plot->epochs);
    if (validation && plot->best >= 1 && plot->best <= plot->epochs) {
        fprintf(s->out, "$best << END\n%d ", plot->best);
        pl_put_number(s, plot->validation[plot->best - 1]);
        fputs("\nEND\n", s->out);
    }
}

/* The naive forecast's loss from one end of the axis to the other. */
static void put_naive(pl_script *s, double loss, double low, double high)
{
    fputs("$naive << END\n", s->out);
    for (int end = 0; end < 2; end++) {
        fprintf(s->out, "%.9g ", end ? high : low);
        pl_put_number(s, loss);
        fputc('\n', s->out);
    }
    fputs("END\n", s->out);
}

int pl_loss(const pl_loss_plot *plot, const pl_target *target, nn_error *error)
{
    if (plot->epochs < 1)
        return nn_fail(error, NN_USAGE, "no epochs to plot");
    bool training = pl_any_drawable(plot->training, plot->epochs);
    bool validation = pl_any_drawable(plot->validation, plot->epochs), naive = pl_drawable(plot->naive);
    pl_key keys[3];
    int count = 0;
    if (training)
        keys[count++] = (pl_key){"training", PL_HISTORY};
    if (validation)
        keys[count++] = (pl_key){"validation", PL_FORECAST};
    if (naive)
        keys[count++] = (pl_key){"naive forecast", PL_NAIVE};
    pl_script s;
    int head = pl_head_height(plot->title, count);
    int code = pl_script_begin(&s, target, PL_WIDTH, head + ABOVE + HEIGHT + BELOW, error);
    if (code)
        return code;
    pl_put_head(&s, plot->title, keys, count);
    put_data(&s, plot, training, validation);
    double air = plot->epochs > 1 ? 0.02 * (plot->epochs - 1) : 0.5;
    pl_tics tics;
    put_y_axis(&s, plot, &tics);
    double left = PL_MARGIN + pl_text_width(pl_tics_widest(&tics) + 1);
    pl_box box = {left, head + ABOVE, PL_WIDTH - PL_MARGIN, head + ABOVE + HEIGHT};
    pl_put_panel(&s, box, plot->loss_name);
    put_x_axis(&s, plot->epochs, air);
    pl_put_x_title(&s, box, "epoch");
    if (naive)
        put_naive(&s, plot->naive, 1 - air, plot->epochs + air);
    put_marks(&s, plot);
    put_plots(&s, plot, training, validation, naive);
    return pl_script_end(&s, error);
}
