"""kafka-access: one comment becomes one proven change that gives a Phalanx application a Kafka client."""
