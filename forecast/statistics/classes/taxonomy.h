/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tree over classes: supernovae and tidal disruptions are transients. The probability of what stands above
 * classes is the sum of theirs. */
#ifndef FC_TAXONOMY_H
#define FC_TAXONOMY_H

#include "lib/base/error.h"

#include <stdbool.h>

enum {
    FC_TAXONOMY_NAME = 64, /* bytes, the closing NUL included */
    FC_MOST_PARENTS = 200,
    FC_MOST_NODES = 200 + FC_MOST_PARENTS,
    FC_TAXONOMY_LEVELS = 10
};

/* --- as it is written --- */

/* One statement: a name, and what stands above it; "": nothing. */
typedef struct fc_taxonomy_entry {
    char name[FC_TAXONOMY_NAME], above[FC_TAXONOMY_NAME];
    int line, column; /* from 1 on */
} fc_taxonomy_entry;

typedef struct fc_taxonomy_text {
    char where[200];          /* the file's name, or the option's */
    fc_taxonomy_entry *entry; /* owned */
    int count, room;
    int end_line, end_column;
} fc_taxonomy_text;

/* The content of a file: CSV with the columns class and parent, in any order below such a heading, or as the
 * first two without one; or a name per line, indented below what stands above it. Which of them, the first
 * line tells: CSV has a comma. Lines that begin with # are comments. NN_BAD_DATA with file, line and column;
 * clear after that too. */
int fc_taxonomy_read(fc_taxonomy_text *text, const char *content, const char *where, nn_error *error);
/* "transient=Ia,II;variable=RRLyr,EB;AGN": names with those below them, and names at the top. Names with one
 * of =,;" stand in double quotes, a quote within them is doubled. */
int fc_taxonomy_read_compact(fc_taxonomy_text *text, const char *content, const char *where, nn_error *error);
void fc_taxonomy_text_clear(fc_taxonomy_text *text);
/* Whether something stands below the name. */
bool fc_taxonomy_is_above(const fc_taxonomy_text *text, const char *name);

/* --- the tree --- */

/* Nodes 0 to leaves - 1 are the classes, those from leaves on stand above others: first the deepest, so that
 * every node comes before the one above it; from the last on they are in the order for people. A single name
 * above all others is left out. */
typedef struct fc_taxonomy {
    int leaves, nodes;                            /* nodes 0: there is no tree */
    int levels;                                   /* the largest depth */
    int parent[FC_MOST_NODES];                    /* -1: at the top */
    int depth[FC_MOST_NODES];                     /* 1: at the top */
    char name[FC_MOST_PARENTS][FC_TAXONOMY_NAME]; /* of node leaves + i */
} fc_taxonomy;

/* Of these classes, each of which must be in the text, which has no others. NN_BAD_DATA with file, line and
 * column: a class that is missing or unknown, or has others below it; a circle; too many names or levels; no
 * class below another name. */
int fc_taxonomy_make(fc_taxonomy *tree, const fc_taxonomy_text *text, const char *const *classes, int count,
                     nn_error *error);
/* The tree in the compact form, always the same for the same tree; malloced, NULL without memory. */
char *fc_taxonomy_print(const fc_taxonomy *tree, const char *const *classes);

const char *fc_taxonomy_name(const fc_taxonomy *tree, const char *const *classes, int node);
/* The node of that name that stands above classes; -1: there is none. */
int fc_taxonomy_find(const fc_taxonomy *tree, const char *name);
/* Whether `above` is the node or stands above it. */
bool fc_taxonomy_is_within(const fc_taxonomy *tree, int node, int above);

/* p of all nodes (nodes) from those of the classes (leaves). */
void fc_taxonomy_sums(const fc_taxonomy *tree, const double *p, double *all);

/* The classes at a level, 1 at the top: what stands at that depth, and classes that have nothing so deep
 * above them. node (leaves): of each, in the order of their first class; place (nodes): the index of that
 * which a node belongs to, -1 for nodes above the level. Returns how many there are. */
int fc_taxonomy_level(const fc_taxonomy *tree, int level, int *node, int *place);

#endif
