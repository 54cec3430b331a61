FROM redis:7.2
