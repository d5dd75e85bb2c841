"""What many write for themselves: aiohttp, a list, a results file. Nothing is durable, paced or tried again."""

import asyncio
import csv
import sys

import aiohttp


async def main(url, path, results, connections):
    rows = csv.DictReader(open(path, newline=""))
    out = csv.writer(open(results, "w", newline=""))
    headers = {"Authorization": "Bearer bench"}
    connector = aiohttp.TCPConnector(limit=connections)
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

        async def work():
            for row in rows:
                body = {
                    "messaging_product": "whatsapp",
                    "recipient_type": "individual",
                    "to": row["phone"],
                    "type": "template",
                    "template": {
                        "name": "order_update",
                        "language": {"code": "en_US"},
                        "components": [
                            {
                                "type": "body",
                                "parameters": [
                                    {"type": "text", "text": row["first_name"]},
                                    {"type": "text", "text": row["order_id"]},
                                ],
                            }
                        ],
                    },
                }
                async with session.post(url, json=body) as answer:
                    reply = await answer.json()
                    out.writerow([row["phone"], answer.status, reply["messages"][0]["id"]])

        await asyncio.gather(*(work() for _ in range(connections)))


asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
