FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
FROM mcr.microsoft.com/dotnet/aspnet:8.0
USER $APP_UID
ENTRYPOINT ["dotnet", "x.dll"]
