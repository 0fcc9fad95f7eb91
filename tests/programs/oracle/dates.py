from datetime import date, datetime, time, timedelta, timezone
day = date(2024, 1, 2)
moment = datetime(2024, 1, 2, 3, 4, 5, 6, tzinfo=timezone.utc)
clock = time(1, 2)
delta = timedelta(days=1, seconds=2)
day += delta
moment -= delta
zone = timezone(timedelta(hours=2), "X")
