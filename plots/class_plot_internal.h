/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One panel each of a classifier's pictures. Private to plots/. */
#ifndef PL_CLASS_PLOT_INTERNAL_H
#define PL_CLASS_PLOT_INTERNAL_H

#include "plots/class_plot.h"
#include "plots/tics.h"

/* The box is that of the axes; room for labels is the caller's. prefix begins the names of data blocks. */
void pl_put_ranking(pl_script *script, const pl_ranking_plot *plot, pl_box box, const char *prefix);
/* Pixels right of the box that the list of curves takes. */
double pl_ranking_list_width(const pl_ranking_plot *plot);
void pl_put_reliability(pl_script *script, const pl_reliability_plot *plot, pl_box box);

/* The last panel of a picture: it leaves grid and border off. */
void pl_put_confusion(pl_script *script, const pl_confusion_plot *plot, pl_box box);
int pl_confusion_check(const pl_confusion_plot *plot, nn_error *error);
int pl_confusion_text(const pl_confusion_plot *plot, const char *title, const pl_target *target,
                      nn_error *error);
/* Pixels left of and below the box for the names of classes and the titles of the axes. */
double pl_confusion_left(const pl_confusion_plot *plot);
double pl_confusion_below(const pl_confusion_plot *plot, double width);

/* What the y axis shows, beside its labels, `away` pixels left of the box. */
void pl_put_y_title(pl_script *script, pl_box box, double away, const char *title);

#endif
