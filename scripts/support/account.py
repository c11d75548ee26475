"""What the stack would make, in an emulator: table, topic with a queue subscribed to it, dead-letter queue; and the function over them."""

import json
import pathlib
import time

from support.emulator import client
from support.events import ACCOUNT
from support.runtime_api import Function
from support.tools import bootstrap

CONFIGURATION = "delivery: { learning: off, all_is_well: off }\n"


def make_table(dynamodb, name: str) -> None:
    """The ledger's table, as deploy/trailbell.yaml makes it."""
    keys = [{"AttributeName": attribute, "AttributeType": "S"} for attribute in ("pk", "sk", "l1", "l2", "l3")]
    index = [{"IndexName": f"by-{attribute}", "Projection": {"ProjectionType": "ALL"},
              "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": attribute, "KeyType": "RANGE"}]}
             for attribute in ("l1", "l2", "l3")]
    dynamodb.create_table(TableName=name, AttributeDefinitions=keys, BillingMode="PAY_PER_REQUEST", LocalSecondaryIndexes=index,
                          KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}])


class Account:
    """`dynamodb` is where that service is, if elsewhere: moto does not keep transactions of several processes apart, so copies at the
    same time meet in a stand-in of ours that does. `program` starts the function, if something else than this machine's build."""

    def __init__(self, endpoint: str, place: pathlib.Path, dynamodb: str | None = None, program: list[str] | None = None):
        self.endpoint, self.place, self.own_dynamodb, self.program = endpoint, place, dynamodb, program
        self.sqs, self.sns, self.s3 = (client(name, endpoint) for name in ("sqs", "sns", "s3"))
        self.dynamodb = client("dynamodb", dynamodb or endpoint)
        stamp = str(time.monotonic_ns())
        self.table = f"ledger-{stamp}"
        make_table(self.dynamodb, self.table)
        self.topic = self.sns.create_topic(Name=f"topic-{stamp}")["TopicArn"]
        self.queue = self.sqs.create_queue(QueueName=f"subscriber-{stamp}")["QueueUrl"]
        self.dead = self.sqs.create_queue(QueueName=f"dead-{stamp}")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)
        (place / "trailbell.yaml").write_text(CONFIGURATION)

    def function(self, **more: str) -> Function:
        log = (self.place / "log").open("ab")
        environment = {"AWS_ENDPOINT_URL": self.endpoint, "LAMBDA_TASK_ROOT": str(self.place), "TRAILBELL_TABLE": self.table,
                       "TRAILBELL_TOPIC_ARN": self.topic, "TRAILBELL_DEAD_LETTERS_URL": self.dead,
                       "TRAILBELL_ROLE_ARN": f"arn:aws:iam::{ACCOUNT}:role/trailbell-role", "TRAILBELL_PATHS": "logs,eventbridge,queue"}
        if self.own_dynamodb:
            environment["AWS_ENDPOINT_URL_DYNAMODB"] = self.own_dynamodb
        return Function(self.program or [bootstrap()], environment | more, log=log)

    def received(self, url: str | None = None) -> list[dict]:
        found = []
        while messages := self.sqs.receive_message(QueueUrl=url or self.queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"]))
                self.sqs.delete_message(QueueUrl=url or self.queue, ReceiptHandle=message["ReceiptHandle"])
        return found

    def notices(self) -> list[dict]:
        """What arrived but for trailbell's own words."""
        return [one for one in self.received() if "created an access key" in one["Message"]]
