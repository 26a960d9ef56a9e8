/*
 * The tables. A new account may use a few of the small types that the book
 * works with, and none of the large and dear ones until it asks: so it is on
 * AWS, where the numbers differ from account to account.
 */
#include "cloud/instance.h"

#include <string.h>

const struct instance_use_words instance_uses[INSTANCE_USES] = {
    [USE_TRAINING] = {"training job usage", "Train", "Training"},
    [USE_SPOT_TRAINING] = {"spot training job usage", NULL, "Training"},
    [USE_TRANSFORM] = {"transform job usage", "Tsform", "Batch Transform"},
    [USE_ENDPOINT] = {"endpoint usage", "Host", "Hosting"},
    [USE_NOTEBOOK] = {"notebook instance usage", "Notebk", "Notebook"},
    [USE_PROCESSING] = {"processing job usage", "Process", "Processing"},
};

/* name, CPUs, GPUs, GiB, dollars; training, spot, transform, endpoint, notebook, processing */
const struct instance_type instance_types[] = {
    {"ml.c5.large", 2, 0, 4, 0.102, {-1, -1, -1, 2, -1, -1}},
    {"ml.c5.xlarge", 4, 0, 8, 0.204, {4, 4, 4, 2, 1, 2}},
    {"ml.c5.2xlarge", 8, 0, 16, 0.408, {2, 2, 2, 1, 1, 1}},
    {"ml.c5.4xlarge", 16, 0, 32, 0.816, {0, 0, 0, 0, 0, 0}},
    {"ml.c5.9xlarge", 36, 0, 72, 1.836, {0, 0, 0, 0, 0, 0}},
    {"ml.c5.18xlarge", 72, 0, 144, 3.672, {0, 0, 0, 0, 0, 0}},
    {"ml.g4dn.xlarge", 4, 1, 16, 0.7364, {0, 0, 0, 0, 0, 0}},
    {"ml.g4dn.2xlarge", 8, 1, 32, 0.94, {0, 0, 0, 0, 0, 0}},
    {"ml.g4dn.12xlarge", 48, 4, 192, 4.89, {0, 0, 0, 0, 0, 0}},
    {"ml.g5.xlarge", 4, 1, 16, 1.408, {0, 0, 0, 0, 0, 0}},
    {"ml.g5.2xlarge", 8, 1, 32, 1.515, {0, 0, 0, 0, 0, 0}},
    {"ml.m4.xlarge", 4, 0, 16, 0.24, {4, 4, 4, 2, 1, 2}},
    {"ml.m4.2xlarge", 8, 0, 32, 0.48, {0, 0, 0, 0, 0, 0}},
    {"ml.m4.4xlarge", 16, 0, 64, 0.96, {0, 0, 0, 0, 0, 0}},
    {"ml.m5.large", 2, 0, 8, 0.115, {8, 8, 8, 4, 2, 4}},
    {"ml.m5.xlarge", 4, 0, 16, 0.23, {4, 4, 4, 2, 1, 2}},
    {"ml.m5.2xlarge", 8, 0, 32, 0.461, {2, 2, 2, 1, 1, 1}},
    {"ml.m5.4xlarge", 16, 0, 64, 0.922, {0, 0, 0, 0, 0, 0}},
    {"ml.m5.12xlarge", 48, 0, 192, 2.765, {0, 0, 0, 0, 0, 0}},
    {"ml.m5.24xlarge", 96, 0, 384, 5.53, {0, 0, 0, 0, 0, 0}},
    {"ml.p3.2xlarge", 8, 1, 61, 3.825, {0, 0, 0, 0, 0, 0}},
    {"ml.p3.8xlarge", 32, 4, 244, 14.688, {0, 0, 0, 0, 0, 0}},
    {"ml.p3.16xlarge", 64, 8, 488, 28.152, {0, 0, 0, 0, 0, 0}},
    {"ml.r5.large", 2, 0, 16, 0.151, {0, 0, -1, 0, 0, 0}},
    {"ml.r5.xlarge", 4, 0, 32, 0.302, {0, 0, -1, 0, 0, 0}},
    {"ml.t2.medium", 2, 0, 4, 0.056, {-1, -1, -1, 4, 2, -1}},
    {"ml.t3.medium", 2, 0, 4, 0.05, {2, -1, -1, -1, 4, 2}},
    {"ml.t3.large", 2, 0, 8, 0.1, {2, -1, -1, -1, 2, 2}},
    {"ml.t3.xlarge", 4, 0, 16, 0.2, {1, -1, -1, -1, 1, 1}},
};
const size_t instance_type_count = sizeof instance_types / sizeof *instance_types;

const struct region regions[] = {
    {"us-east-1", "US East (N. Virginia)", "USE1", 1},
    {"us-east-2", "US East (Ohio)", "USE2", 1},
    {"us-west-1", "US West (N. California)", "USW1", 1.17},
    {"us-west-2", "US West (Oregon)", "USW2", 1},
    {"ca-central-1", "Canada (Central)", "CAN1", 1.1},
    {"sa-east-1", "South America (Sao Paulo)", "SAE1", 1.6},
    {"eu-west-1", "EU (Ireland)", "EUW1", 1.1},
    {"eu-west-2", "EU (London)", "EUW2", 1.16},
    {"eu-west-3", "EU (Paris)", "EUW3", 1.17},
    {"eu-central-1", "EU (Frankfurt)", "EUC1", 1.2},
    {"eu-north-1", "EU (Stockholm)", "EUN1", 1.06},
    {"ap-south-1", "Asia Pacific (Mumbai)", "APS3", 1.05},
    {"ap-southeast-1", "Asia Pacific (Singapore)", "APS1", 1.25},
    {"ap-southeast-2", "Asia Pacific (Sydney)", "APS2", 1.25},
    {"ap-northeast-1", "Asia Pacific (Tokyo)", "APN1", 1.29},
    {"ap-northeast-2", "Asia Pacific (Seoul)", "APN2", 1.23},
};
const size_t region_count = sizeof regions / sizeof *regions;

const struct instance_type *instance_find(const char *name)
{
    for (size_t i = 0; i < instance_type_count; i++)
        if (!strcmp(name, instance_types[i].name))
            return &instance_types[i];
    return NULL;
}
