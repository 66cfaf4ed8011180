/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The picture of a classifier's calls at each level of the tree of its classes. */
#include "cli/output/score_figures.h"

#include "cli/shell/report.h"
#include "forecast/scores/classes/classes.h"
#include "plots/class_plot.h"

#include <stdio.h>

int cli_levels_draw(const fc_scores *scores, cli_figure *figure, nn_error *error)
{
    const fc_class_entry *entry = scores->classes;
    const fc_levels *levels = scores->levels;
    pl_confusion_plot confusion[FC_TAXONOMY_LEVELS];
    char titles[FC_TAXONOMY_LEVELS][80], title[300], count[40];
    int shown = 0;
    for (int k = 0; k < levels->count; k++) {
        const fc_level_line *line = &entry->levels.line[k];
        if (!line->objects)
            continue;
        snprintf(titles[k], sizeof titles[k], "Level %d: %s objects, accuracy %.4f", k + 1,
                 cli_count(line->objects, count), line->accuracy);
        confusion[shown++] = (pl_confusion_plot){titles[k], levels->level[k].classes, levels->level[k].name,
                                                 entry->levels.confusion[k]};
    }
    snprintf(title, sizeof title, "%.60s on %.150s: calls in percent of each true class", entry->name,
             json_string_value(json_object_get(scores->about, "data")));
    const pl_confusions_plot plot = {title, confusion, shown};
    return cli_figure_end(figure, pl_confusions(&plot, cli_figure_begin(figure), error));
}
