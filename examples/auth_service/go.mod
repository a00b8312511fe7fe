module slipway.example/auth-service

go 1.24
