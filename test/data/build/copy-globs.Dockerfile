FROM build-base
COPY *.txt /txt/
COPY tree/s*/t?o /match/
COPY [ab].txt /class/
