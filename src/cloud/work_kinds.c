/* The kinds of work that there are; add a line here. */
#include "cloud/labeling.h"
#include "cloud/work.h"

const struct work_kind *const work_kinds[] = {&work_labeling, NULL};
