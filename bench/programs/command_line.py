# command_line.py: a command line program that imports a lot and does little.
import argparse
import asyncio
import csv
import email.message
import http.client
import json
import logging
import sqlite3
import tomllib
import urllib.request
import xml.etree.ElementTree
import zipfile

parser = argparse.ArgumentParser(description="Imports a lot, does little.")
parser.add_argument("--name", default="world")
parser.add_argument("--verbose", action="store_true")
options = parser.parse_args()
logging.basicConfig(level=logging.DEBUG if options.verbose else logging.INFO)
print(json.dumps({"hello": options.name}))
