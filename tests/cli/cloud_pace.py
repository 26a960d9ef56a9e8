"""A practice cloud at AWS's pace; run by cloud_pace.sh. With an argument it waits to the end."""
import sys
import time

from practice import check, client, done, role, same, until

s3, sm, quotas = client("s3"), client("sagemaker"), client("service-quotas")
arn = role("pace")
s3.create_bucket(Bucket="pace")
s3.put_object(Bucket="pace", Key="train/x.csv", Body="1,2,3\n0,1,2\n" * 50)


def train(name):
    sm.create_training_job(
        TrainingJobName=name, RoleArn=arn, OutputDataConfig={"S3OutputPath": "s3://pace/out/"},
        AlgorithmSpecification={"TrainingInputMode": "File", "TrainingImage": "683313688378.dkr.ecr."
                                "us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"},
        HyperParameters={"num_round": "3"}, StoppingCondition={"MaxRuntimeInSeconds": 600},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        InputDataConfig=[{"ChannelName": "train", "ContentType": "text/csv", "DataSource": {
            "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://pace/train/"}}}])


def status(name):
    told = sm.describe_training_job(TrainingJobName=name)
    return told["TrainingJobStatus"], told["SecondaryStatus"]


train("slow"), train("stopped")
sm.create_notebook_instance(NotebookInstanceName="slow", InstanceType="ml.t3.medium", RoleArn=arn)
ask = dict(ServiceCode="sagemaker", QuotaCode="L-611FA074")
quotas.request_service_quota_increase(DesiredValue=50, **ask)
time.sleep(4)
same("a job is still being started after 4 seconds", ("InProgress", "Starting"), status("slow"))
check("and says what it does", "instances" in sm.describe_training_job(TrainingJobName="slow")[
    "SecondaryStatusTransitions"][-1]["StatusMessage"])
same("a notebook is not there yet", "Pending", sm.describe_notebook_instance(
    NotebookInstanceName="slow")["NotebookInstanceStatus"])
check("nor is more quota", quotas.get_service_quota(**ask)["Quota"]["Value"] < 50)
sm.stop_training_job(TrainingJobName="stopped")
check("stopping does not wait", until(lambda: status("stopped")[0] == "Stopped", 30))
if len(sys.argv) > 1:
    check("in the end it is trained", until(lambda: status("slow")[0] == "Completed", 400))
    told = sm.describe_training_job(TrainingJobName="slow")
    took = {s["Status"]: (s["EndTime"] - s["StartTime"]).total_seconds()
            for s in told["SecondaryStatusTransitions"]}
    print("#", took)
    check("after minutes, as on AWS", 60 < took["Starting"] < 200, took)
done()
