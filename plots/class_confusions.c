/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Confusion matrices side by side, up to three in a row. */
#include "plots/class_plot_internal.h"

#include <math.h>
#include <stdio.h>

enum { ABOVE = 40, BELOW = 76, SIDE = 400, LEFT = 84, GAP = 40, IN_ROW = 3 };

/* Room that the names take, the same for all of them. */
typedef struct room {
    double left, below;
} room;

static room find_room(const pl_confusions_plot *plot)
{
    room r = {LEFT, BELOW};
    for (int i = 0; i < plot->count; i++) {
        r.left = fmax(r.left, pl_confusion_left(&plot->confusion[i]));
        r.below = fmax(r.below, pl_confusion_below(&plot->confusion[i], SIDE) + 6);
    }
    return r;
}

static int draw_text(const pl_confusions_plot *plot, const pl_target *target, nn_error *error)
{
    int code = NN_OK;
    for (int i = 0; i < plot->count && !code; i++) {
        char title[400];
        snprintf(title, sizeof title, "%s%s%s", plot->title ? plot->title : "", plot->title ? ": " : "",
                 plot->confusion[i].title);
        code = pl_confusion_text(&plot->confusion[i], title, target, error);
    }
    return code;
}

int pl_confusions(const pl_confusions_plot *plot, const pl_target *target, nn_error *error)
{
    int code = plot->count >= 1 && plot->count <= PL_MOST_CONFUSIONS
                   ? NN_OK
                   : nn_fail(error, NN_USAGE, "a picture has 1 to %d confusion matrices, not %d",
                             PL_MOST_CONFUSIONS, plot->count);
    for (int i = 0; i < plot->count && !code; i++)
        code = pl_confusion_check(&plot->confusion[i], error);
    if (code)
        return code;
    if (!target->path && !target->only_script)
        return draw_text(plot, target, error);
    pl_script s;
    const room r = find_room(plot);
    const int head = pl_head_height(plot->title, 0), columns = plot->count < IN_ROW ? plot->count : IN_ROW,
              rows = (plot->count + IN_ROW - 1) / IN_ROW;
    const double wide = r.left + SIDE + GAP, high = ABOVE + SIDE + r.below;
    code = pl_script_begin(&s, target, (int)(PL_MARGIN + columns * wide), (int)(head + rows * high), error);
    if (code)
        return code;
    pl_put_head(&s, plot->title, NULL, 0);
    for (int i = 0; i < plot->count; i++) {
        const double left = PL_MARGIN + i % IN_ROW * wide + r.left, top = head + i / IN_ROW * high + ABOVE;
        pl_put_confusion(&s, &plot->confusion[i], (pl_box){left, top, left + SIDE, top + SIDE});
    }
    return pl_script_end(&s, error);
}
