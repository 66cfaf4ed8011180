/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a classifier of light curves keeps in its file. */
#include "forecast/tasks/lightcurves/internal.h"
#include "forecast/tasks/lightcurves/sketch.h"

#define AT(member)         .offset = offsetof(fc_classifier, member)
#define SIZED(member)      AT(member), .size = sizeof(((fc_classifier *)0)->member)
#define COUNTED_BY(member) .count_offset = offsetof(fc_classifier, member)

/* --- how many there are of what --- */

static size_t scaled(const void *state)
{
    return (size_t)fc_channel_count(state) + FC_EXTRAS;
}

static size_t whitened(const void *state)
{
    const size_t width = (size_t)((const fc_classifier *)state)->width;
    return width * width;
}

static size_t late(const void *state)
{
    return (size_t)((const fc_classifier *)state)->feature_count;
}

static size_t two(const void *state)
{
    (void)state;
    return 2;
}

static size_t quantiles(const void *state)
{
    (void)state;
    return FC_NOVELTY_QUANTILES;
}

static size_t features(const void *state)
{
    return (size_t)fc_class_feature_count(state);
}

static size_t means(const void *state)
{
    return (size_t)((const fc_classifier *)state)->classes * features(state);
}

static size_t sketched(const void *state)
{
    return (size_t)fc_sketch_count(state);
}

static size_t sketched_classes(const void *state)
{
    return (size_t)((const fc_classifier *)state)->classes * sketched(state);
}

/* --- what follows from what --- */

static int complete_network(void *state, nn_error *error)
{
    return fc_model_register(state, error);
}

static int complete_novelty(void *state, nn_error *error)
{
    fc_classifier *model = state;
    (void)error;
    model->normal.size = model->width;
    return NN_OK;
}

static int complete_hierarchy(void *state, nn_error *error)
{
    fc_classifier *model = state;
    return fc_hierarchy_complete(&model->hierarchy, (const char *const *)model->class_names, model->classes,
                                 error);
}

static int complete_nearest(void *state, nn_error *error)
{
    fc_classifier *model = state;
    (void)error;
    model->nearest.classes = model->classes;
    model->nearest.features = fc_class_feature_count(model);
    return NN_OK;
}

static int complete_likes(void *state, nn_error *error)
{
    fc_classifier *model = state;
    (void)error;
    model->likes.count = fc_sketch_count(model);
    return NN_OK;
}

/* --- the tables --- */

static const fc_field class[] = {{"name", FC_STRING, FC_MANY | FC_FILLED, AT(class_names), .size = 201},
                                 {"count", FC_SIZE, FC_MANY, AT(class_counts), .most = 1e12},
                                 {0}};

/* What the network's sizes hang on. */
static const fc_field seen[] = {
    {"bands", FC_STRING, FC_MANY | FC_HERE | FC_FILLED | FC_UNIQUE, AT(bands.name), .size = DS_BAND_NAME,
     COUNTED_BY(bands.count), .least = 1, .most = DS_BAND_LIMIT},
    {"wavelengths", FC_REAL, FC_MANY | FC_HERE | FC_POSITIVE, AT(bands.wavelength), COUNTED_BY(bands.count)},
    {"classes", FC_ENTRIES, FC_UNIQUE, .fields = class, COUNTED_BY(classes), .least = 2,
     .most = FC_MOST_CLASSES},
    {"redshift", FC_FLAG, 0, AT(redshift)},
    {"features", FC_STRING, FC_MANY | FC_OPTIONAL | FC_FILLED | FC_UNIQUE, AT(features), .size = 65,
     COUNTED_BY(feature_count), .least = 0, .most = 100000},
    {"forest_nodes", FC_NUMBER, FC_OPTIONAL | FC_NOT_ZERO, AT(forest.nodes), .most = 1 << 24},
    {"forest_leaves", FC_NUMBER, FC_OPTIONAL | FC_NOT_ZERO, AT(forest.leaves), .most = 1 << 24},
    {0}};

static const fc_field novelty[] = {{"centre", FC_REAL, FC_MANY, AT(normal.mean), COUNTED_BY(width)},
                                   {"whitener", FC_REAL, FC_MANY, AT(normal.whitener), .count = whitened},
                                   {"novelty", FC_REAL, FC_MANY | FC_RISING, AT(novelty), .count = quantiles},
                                   {0}};

static const fc_field nearest[] = {
    {"mean", FC_REAL, FC_MANY | FC_NULLABLE, AT(nearest.mean), .count = means},
    {"spread", FC_REAL, FC_MANY | FC_NOT_NEGATIVE, AT(nearest.spread), .count = features},
    {"temperature", FC_REAL, FC_POSITIVE, AT(nearest.temperature)},
    {0}};

static const fc_field taxonomy[] = {
    {"tree", FC_STRING, FC_FILLED, AT(hierarchy.text), .size = 65536},
    {"alpha", FC_REAL, 0, AT(hierarchy.alpha), .most = 100},
    {"answer_confidence", FC_REAL, FC_NULLABLE, AT(hierarchy.rule.confidence)},
    {"answer_precision", FC_REAL, FC_NULLABLE, AT(hierarchy.rule.precision)},
    {"answered", FC_REAL, FC_NULLABLE, AT(hierarchy.rule.answered)},
    {0}};

static const fc_field likes[] = {
    {"least", FC_REAL, FC_MANY | FC_NULLABLE, AT(likes.least), .count = sketched_classes},
    {"most", FC_REAL, FC_MANY | FC_NULLABLE, AT(likes.most), .count = sketched_classes},
    {"mean", FC_REAL, FC_MANY | FC_NULLABLE, AT(likes.mean), .count = sketched_classes},
    {"spread", FC_REAL, FC_MANY | FC_NOT_NEGATIVE, AT(likes.spread), .count = sketched},
    {0}};

static const fc_field classifier[] = {
    {"bands", FC_GROUP, 0, .fields = seen, .complete = complete_network},
    {"softening", FC_REAL, FC_MANY | FC_POSITIVE, AT(softening), COUNTED_BY(bands.count)},
    {"shift", FC_REAL, FC_MANY, AT(shift), .count = scaled},
    {"scale", FC_REAL, FC_MANY | FC_POSITIVE, AT(scale), .count = scaled},
    {"late_shift", FC_REAL, FC_MANY | FC_OPTIONAL, AT(late_shift), .count = late},
    {"late_scale", FC_REAL, FC_MANY | FC_OPTIONAL | FC_POSITIVE, AT(late_scale), .count = late},
    {"temperature", FC_REAL, FC_POSITIVE, AT(temperature)},
    {"taxonomy", FC_OBJECT, FC_OPTIONAL, AT(hierarchy.text), .fields = taxonomy,
     .complete = complete_hierarchy},
    {"offset", FC_REAL, FC_MANY | FC_OPTIONAL, AT(offset), COUNTED_BY(classes)},
    {"calibrated", FC_NUMBER, FC_OPTIONAL | FC_NOT_ZERO, AT(calibrated), .most = 1000000000},
    {"noise", FC_REAL, FC_MANY | FC_OPTIONAL, AT(noise), .count = two},
    {"present", FC_REAL, FC_MANY | FC_OPTIONAL | FC_NOT_NEGATIVE, AT(present), COUNTED_BY(bands.count)},
    {"novelty", FC_GROUP, FC_OPTIONAL, AT(novelty), .fields = novelty, .complete = complete_novelty},
    {"nearest_mean", FC_OBJECT, FC_OPTIONAL, AT(nearest.mean), .fields = nearest,
     .complete = complete_nearest},
    {"likes", FC_OBJECT, FC_OPTIONAL, AT(likes.mean), .fields = likes, .complete = complete_likes},
    {"rival_share", FC_REAL, FC_OPTIONAL | FC_NOT_ZERO | FC_NOT_NEGATIVE, AT(rivalry.share), .most = 1},
    {"rival_log_loss", FC_REAL, FC_OPTIONAL | FC_NOT_ZERO, AT(rivalry.log_loss)},
    {"rival_accuracy", FC_REAL, FC_OPTIONAL | FC_NOT_ZERO, AT(rivalry.accuracy), .most = 1},
    {"mixture_log_loss", FC_REAL, FC_OPTIONAL | FC_NOT_ZERO, AT(rivalry.mixed_log_loss)},
    {"tried", FC_STRING, FC_OPTIONAL, AT(tried), .size = 1024},
    {"mixture_accuracy", FC_REAL, FC_OPTIONAL | FC_NOT_ZERO, AT(rivalry.mixed_accuracy), .most = 1},
    {0}};

static const fc_field record[] = {
    {"options", FC_RECORD, 0, AT(base.record.training), .options = fc_class_training_options,
     .later = fc_class_training_later},
    {"data", FC_STRING, FC_HERE | FC_FOREIGN, SIZED(base.record.data_name)},
    {"teacher", FC_STRING, FC_HERE | FC_OPTIONAL | FC_FOREIGN | FC_NOT_ZERO, SIZED(base.record.teacher)},
    {"metadata", FC_STRING, FC_HERE | FC_FOREIGN, SIZED(base.record.metadata_name)},
    {"objects_hash", FC_HASH, FC_OPTIONAL | FC_NOT_ZERO, AT(base.record.objects_hash)},
    {"label", FC_STRING, FC_HERE | FC_FOREIGN, SIZED(base.record.label_name)},
    {"classes", FC_STRING, FC_HERE | FC_FOREIGN, SIZED(base.record.classes)},
    {"split", FC_STRING, FC_FOREIGN, AT(base.split)},
    {"objects", FC_SIZE, 0, AT(base.record.objects), .most = 1e12},
    {"train", FC_SIZE, 0, AT(base.record.train), .most = 1e12},
    {"validation", FC_SIZE, 0, AT(base.record.validation), .most = 1e12},
    {"epochs", FC_NUMBER, 0, AT(base.record.epochs), .most = 100000},
    {"best_epoch", FC_NUMBER, 0, AT(base.record.best_epoch), .most = 100000},
    {"train_loss", FC_REAL, FC_MANY | FC_NULLABLE, AT(base.record.train_loss),
     COUNTED_BY(base.record.epochs)},
    {"validation_loss", FC_REAL, FC_MANY | FC_NULLABLE, AT(base.record.validation_loss),
     COUNTED_BY(base.record.epochs)},
    {"prior_loss", FC_REAL, FC_NULLABLE, AT(base.record.naive_validation_loss), .list = "figures"},
    {"validation_log_loss", FC_REAL, FC_NULLABLE, AT(base.record.validation_log_loss), .list = "figures"},
    {"validation_accuracy", FC_REAL, FC_NULLABLE, AT(base.record.validation_accuracy), .list = "figures"},
    {0}};

const fc_field fc_lightcurves_fields[] = {
    {"auspex.classifier", FC_OBJECT, 0, .fields = classifier},
    {"auspex.training", FC_OBJECT, 0, .fields = record, .complete = fc_record_complete},
    {0}};
