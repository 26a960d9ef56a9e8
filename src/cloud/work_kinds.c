/* The kinds of work that there are; add a line here. */
#include "cloud/endpoint.h"
#include "cloud/labeling.h"
#include "cloud/pipeline.h"
#include "cloud/training.h"
#include "cloud/transform.h"
#include "cloud/tuning.h"
#include "cloud/work.h"

// clang-format off
const struct work_kind *const work_kinds[] = {
    &training_kind,
    &work_transform,
    &work_endpoint,
    &work_labeling,
    &work_pipeline,
    &tuning_kind,
    NULL,
};
// clang-format on
