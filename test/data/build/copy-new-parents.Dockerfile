FROM build-base
COPY a.txt /p/q/r/s
COPY tree/sub /p2/q2/
