"""What a checkout comes to in each environment, as Helm renders it: who is there, and what each Kafka object says.

Says what is; whether it is right is judged in `bot.audit`. Writes nothing into the checkout.
"""
