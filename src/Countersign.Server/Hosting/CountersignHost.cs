using System.Net;
using Countersign.Carriers;
using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Events;
using Countersign.Core.Factors;
using Countersign.Core.Factors.Passkeys;
using Countersign.Core.Guard.Remembering;
using Countersign.Core.Guard.Risk;
using Countersign.Core.Lookups;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Server.Admin;
using Countersign.Server.Admin.Errors;
using Countersign.Server.Api;
using Countersign.Server.Callbacks;
using Countersign.Server.GeoIp;
using Countersign.Server.Lines;
using Countersign.Server.Passkeys;
using Countersign.Server.Push;
using Countersign.Server.Sandbox;
using Countersign.Server.Webhooks;
using Countersign.Server.Workers;
using Countersign.Storage;
using Countersign.Storage.Redis;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Countersign.Server.Hosting;

/// <summary>Puts the server together: settings, services, pipeline.</summary>
public static class CountersignHost
{
    const string DefaultAddress = "http://localhost:8080";

    /// <summary>The server, ready to start. Tests and the benchmark build the same one.</summary>
    /// <exception cref="OptionsValidationException">A setting cannot work.</exception>
    /// <exception cref="KeyRingException">The key ring cannot be used.</exception>
    public static WebApplication Build(string[] args, Action<IServiceCollection>? replace = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelHttpsConfiguration();
        if (!SaysWhereToListen(builder.Configuration))
        {
            builder.WebHost.UseUrls(DefaultAddress);
        }

        var options = Validated(args, builder.Configuration);
        CreateDataDirectory(options.DataDirectory);

        var start = new StartPhase();
        builder.Services.AddSingleton(start);
        AddLogging(builder, start);
        Telemetry.Add(builder);
        replace?.Invoke(builder.Services);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(options.Retention);
        builder.Services.AddSingleton(options.Guard);
        builder.Services.AddSingleton(options.Carriers);
        builder.Services.AddSingleton(options.Webhooks);
        builder.Services.AddSingleton<AddressRules>();
        builder.Services.TryAddSingleton(provider => new GuardedConnections(provider.GetRequiredService<AddressRules>()));
        builder.Services.AddSingleton<IEventSender, HttpEventSender>();
        builder.Services.AddSingleton<PushHttp>();
        builder.Services.AddSingleton<FcmSender>();
        builder.Services.AddSingleton<ApnSender>();
        builder.Services.TryAddSingleton<IPushSender, PlatformSender>();
        builder.Services.AddSingleton(provider => OpenKeyRing(KeyRingPath(options), provider));
        builder.Services.AddSingleton(new PublicRoot(string.IsNullOrEmpty(options.PublicUrl) ? null : new Uri(options.PublicUrl)));
        if (options.GeoIp is not { City: null or "", Asn: null or "" })
        {
            builder.Services.AddSingleton(options.GeoIp);
            builder.Services.AddSingleton<IGeoSource, MmdbGeoSource>();
        }

        AddLines(builder.Services, options.Lookup);
        builder.Services.AddCountersignCore();
        builder.Services.AddCarrierKinds();
        builder.Services.AddCountersignStorage(options.IsEmbedded ? null : options.Storage, options.DataDirectory, RedisOf(options));
        builder.Services.AddSingleton(new Drain());
        builder.Services.AddSingleton<Workers.Hurry>();
        builder.Services.AddSingleton<IHostLifetime, DrainingLifetime>();
        if (options.Sandbox.Enabled)
        {
            builder.Services.AddSandboxCarrier(options.Sandbox.Capacity);
            builder.Services.AddSingleton<SandboxEndpoints>();
            builder.Services.AddSingleton<SandboxRuleEndpoints>();
            builder.Services.AddHostedService<SandboxReceiptWorker>();
        }

        builder.Services.AddHostedService<OutboxWorker>();
        builder.Services.AddHostedService<AlarmWorker>();
        builder.Services.AddHostedService<RouteScoreWorker>();
        builder.Services.AddHostedService<LeftReceiptsWorker>();
        builder.Services.AddHostedService(provider => new GuardMemoryWorker(
            Path.Combine(options.DataDirectory, "guard-memory"),
            provider.GetRequiredService<GuardMemories>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<GuardMemoryWorker>>()));

        // Started after, and stopped before, what is kept is read and written: nothing is heard meanwhile.
        builder.Services.AddHostedService<CountsWorker>();
        builder.Services.AddHostedService<RetentionWorker>();
        builder.Services.AddHostedService<RefusalWorker>();
        builder.Services.AddHostedService<EventWorker>();
        builder.Services.AddSingleton<WebhookEndpoints>();
        builder.Services.AddSingleton<WebhookAdminEndpoints>();
        builder.Services.AddSingleton<SinkAdminEndpoints>();
        builder.Services.AddSingleton<PushCredentialAdminEndpoints>();
        builder.Services.AddSingleton<EventAdminEndpoints>();
        builder.Services.AddSingleton<TryAdminEndpoints>();
        builder.Services.AddSingleton<CallbackEndpoints>();
        builder.Services.AddSingleton<CarrierAdminEndpoints>();
        builder.Services.AddSingleton<RouteAdminEndpoints>();
        builder.Services.AddSingleton<AttemptAdminEndpoints>();
        builder.Services.AddSingleton<RollupAdminEndpoints>();
        builder.Services.AddSingleton<RefusalAdminEndpoints>();
        builder.Services.AddSingleton<TemplateAdminEndpoints>();
        builder.Services.AddSingleton<TemplateEndpoints>();
        builder.Services.AddSingleton<MessagingServiceAdminEndpoints>();
        builder.Services.AddSingleton<MessagingConfigurationEndpoints>();
        builder.Services.AddSingleton<RateLimitEndpoints>();
        builder.Services.AddSingleton<BucketEndpoints>();
        builder.Services.AddSingleton<LimitAdminEndpoints>();
        builder.Services.AddSingleton<IPasskeyCeremony, IdentityCeremony>();
        builder.Services.AddSingleton<PasskeyEndpoints>();
        builder.Services.AddSingleton<BackupCodeEndpoints>();
        builder.Services.AddSingleton<DeviceGate>();
        builder.Services.AddSingleton<EntityLookup>();
        builder.Services.AddSingleton<EntityEndpoints>();
        builder.Services.AddSingleton<FactorEndpoints>();
        builder.Services.AddSingleton<FactorChallengeEndpoints>();
        builder.Services.AddSingleton<AccessTokenEndpoints>();
        builder.Services.AddSingleton<FormEndpoints>();
        builder.Services.AddSingleton(new PublicAddress(string.IsNullOrEmpty(options.PublicUrl) ? null : new Uri(options.PublicUrl)));
        builder.Services.AddSingleton<VerificationEndpoints>();
        builder.Services.AddSingleton<RefusedStarts>();
        builder.Services.AddSingleton<VerificationCheckEndpoints>();
        builder.Services.AddSingleton<ChallengeEndpoints>();
        builder.Services.AddSingleton<ServiceEndpoints>();
        builder.Services.AddSingleton<ServiceAdminEndpoints>();
        builder.Services.AddSingleton<SafeListEndpoints>();
        builder.Services.AddSingleton<AttemptEndpoints>();
        builder.Services.AddSingleton<LookupEndpoints>();
        builder.Services.AddSingleton<GeoAdminEndpoints>();
        builder.Services.AddSingleton<NumberListAdminEndpoints>();
        builder.Services.AddSingleton<FraudGuardAdminEndpoints>();
        builder.Services.AddSingleton<RiskAdminEndpoints>();
        builder.Services.AddSingleton<KeyAdminEndpoints>();
        builder.Services.AddSingleton<AccountAdminEndpoints>();
        builder.Services.AddSingleton<ErrorEndpoints>();
        builder.Services.AddSingleton<HealthEndpoints>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;

            // Forms end at 64 KiB with an answer of ours; what is announced or sent beyond this is not even read to its end.
            kestrel.Limits.MaxRequestBodySize = 256 * 1024;
        });

        var app = builder.Build();
        UsePipeline(app, options);
        return app;
    }

    /// <summary>Starts it: opens the store, makes the first credentials, listens, prints the banner.</summary>
    public static async Task StartAsync(WebApplication app)
    {
        var options = app.Services.GetRequiredService<CountersignOptions>();
        var notice = new TokenNotice(options.DataDirectory);
        var stores = app.Services.GetRequiredService<IStores>();
        stores.OnCredentialChanged(app.Services.GetRequiredService<Core.Accounts.Authenticate>().Forget);
        var bootstrap = await stores.AloneAsync(
            () => ActivatorUtilities.CreateInstance<Bootstrap>(app.Services, options.Bootstrap, notice).RunAsync(CancellationToken.None), CancellationToken.None);
        PhoneNumber.WarmUp();
        await app.StartAsync();
        app.Services.GetRequiredService<StartPhase>().End();
        var away = string.IsNullOrEmpty(options.Redis) ? null : (await stores.Outbox.DepthAsync(CancellationToken.None)).Away;
        Console.WriteLine(Banner.Write(bootstrap, Banner.AddressOf(app.Urls, options), options, away));
        if (bootstrap.Account is not null)
        {
            notice.Remove();
        }
    }

    /// <summary>In full, so that what is said of it names it wherever it is read.</summary>
    internal static string KeyRingPath(CountersignOptions options) => Path.GetFullPath(string.IsNullOrEmpty(options.KeyRing) ? Path.Combine(options.DataDirectory, "keyring.json") : options.KeyRing);

    static KeyRing OpenKeyRing(string path, IServiceProvider provider)
    {
        var ring = KeyRingFile.LoadOrCreate(path, provider.GetRequiredService<RandomSource>(), provider.GetRequiredService<TimeProvider>());
        ring.WhenMissing(new KeyRingReader(path, TimeProvider.System, provider.GetRequiredService<ILogger<KeyRingReader>>()).ReadAgain);
        return ring;
    }

    /// <summary>The settings alone, for verbs that do not serve.</summary>
    internal static (CountersignOptions Options, IConfiguration Configuration) ReadOptions(string[] args, VerbOptions? verb = null)
    {
        var configuration = new ConfigurationBuilder()
            .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
            .AddEnvironmentVariables("ASPNETCORE_")
            .AddEnvironmentVariables()
            .AddCommandLine(args)
            .Build();
        return (Validated(args, configuration, verb), configuration);
    }

    internal static RedisSettings? RedisOf(CountersignOptions options) => string.IsNullOrEmpty(options.Redis) ? null : new RedisSettings
    {
        Configuration = options.Redis,
        Replicas = options.RedisReplicas,
        Groups = options.RedisGroups,
        Prefix = options.RedisPrefix,
        Keep = TimeSpan.FromHours(options.RedisKeepHours),
    };

    static bool SaysWhereToListen(ConfigurationManager configuration) =>
        new[] { WebHostDefaults.ServerUrlsKey, WebHostDefaults.HttpPortsKey, WebHostDefaults.HttpsPortsKey }.Any(key => !string.IsNullOrEmpty(configuration[key]))
        || configuration.GetSection("Kestrel:Endpoints").Exists();

    static void CreateDataDirectory(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows() || Directory.Exists(path))
            {
                Directory.CreateDirectory(path);
            }
            else
            {
                Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"The data directory {path} cannot be made: {problem.Message} Name another with --Countersign:DataDirectory.");
        }
    }

    static CountersignOptions Validated(string[] args, IConfiguration configuration, VerbOptions? verb = null)
    {
        var problems = SettingsCheck.Problems(args, configuration, verb);
        if (problems.Count > 0)
        {
            throw new OptionsValidationException("Countersign", typeof(CountersignOptions), problems);
        }

        var options = new CountersignOptions();
        configuration.GetSection("Countersign").Bind(options);
        var result = new CountersignOptionsValidator().Validate(null, options);
        return result.Failed ? throw new OptionsValidationException("Countersign", typeof(CountersignOptions), result.Failures) : options;
    }

    static void AddLines(IServiceCollection services, LineOptions lookup)
    {
        services.AddSingleton(lookup);
        services.AddSingleton(new LookupPace(lookup.AccountPerMinute));
        if (lookup.Ranges is { Length: > 0 })
        {
            services.AddSingleton<ILineTable, RangeFile>();
        }

        if (lookup.Server is { Length: > 0 })
        {
            services.AddSingleton<ILineSource, LookupServer>();
        }
    }

    static void AddLogging(WebApplicationBuilder builder, StartPhase start)
    {
        const string Moment = "yyyy-MM-ddTHH:mm:ss.fffZ";
        if (builder.Configuration[SettingsCheck.Formatter] is { Length: > 0 } formatter)
        {
            // The host's builder has chosen the simple one in code by now, which would win over the setting.
            builder.Services.PostConfigure<ConsoleLoggerOptions>(console => console.FormatterName = formatter);
            builder.Services.PostConfigure<JsonConsoleFormatterOptions>(json =>
                (json.UseUtcTimestamp, json.TimestampFormat) = (json.UseUtcTimestamp || json.TimestampFormat is null, json.TimestampFormat ?? Moment));
        }
        else
        {
            builder.Logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.TimestampFormat = Moment + " ";
                console.UseUtcTimestamp = true;
                console.ColorBehavior = LoggerColorBehavior.Disabled;
            });
        }

        // The framework's chatter, and the scope that it opens around each request, quote paths, and a path may be a phone number. Of all rules only the most
        // specific one counts, so the guard is put into every rule that the operator's configuration made, for whichever provider.
        builder.Services.PostConfigure<LoggerFilterOptions>(filter =>
        {
            filter.Rules.Insert(0, new LoggerFilterRule(null, null, filter.MinLevel, null));
            for (var i = 0; i < filter.Rules.Count; i++)
            {
                var rule = filter.Rules[i];
                filter.Rules[i] = new LoggerFilterRule(rule.ProviderName, rule.CategoryName, rule.LogLevel, (provider, category, level) =>
                    !QuotesPaths(category, level) && !IsDriversChatter(category, level) && !start.Hides(category, level) && (rule.Filter?.Invoke(provider, category, level) ?? true));
            }
        });
    }

    static bool QuotesPaths(string? category, LogLevel level) =>
        category is not null && category.StartsWith("Microsoft.AspNetCore", StringComparison.OrdinalIgnoreCase)
        && (level < LogLevel.Warning || category == "Microsoft.AspNetCore.Hosting.Diagnostics");

    /// <summary>A line for each statement is of no use to an operator, and no line of ours goes without being looked at for what it may quote.</summary>
    static bool IsDriversChatter(string? category, LogLevel level) => level < LogLevel.Warning && category is not null
        && (category.StartsWith("Npgsql", StringComparison.Ordinal) || category.StartsWith("StackExchange", StringComparison.Ordinal));

    static void UsePipeline(WebApplication app, CountersignOptions options)
    {
        if (options.Proxies.Count > 0)
        {
            app.UseForwardedHeaders(Forwarded(options.Proxies));
        }

        app.MapPrometheusScrapingEndpoint();
        app.UseMiddleware<ApiGate>();
        app.Services.GetRequiredService<ServiceEndpoints>().Map(app);
        app.Services.GetRequiredService<VerificationEndpoints>().Map(app);
        app.Services.GetRequiredService<VerificationCheckEndpoints>().Map(app);
        app.Services.GetRequiredService<ChallengeEndpoints>().Map(app);
        app.Services.GetRequiredService<TemplateEndpoints>().Map(app);
        app.Services.GetRequiredService<MessagingConfigurationEndpoints>().Map(app);
        app.Services.GetRequiredService<RateLimitEndpoints>().Map(app);
        app.Services.GetRequiredService<BucketEndpoints>().Map(app);
        app.Services.GetRequiredService<LimitAdminEndpoints>().Map(app);
        app.Services.GetRequiredService<WebhookEndpoints>().Map(app);
        app.Services.GetRequiredService<WebhookAdminEndpoints>().Map(app);
        app.Services.GetRequiredService<SinkAdminEndpoints>().Map(app);
        app.Services.GetRequiredService<PushCredentialAdminEndpoints>().Map(app);
        app.Services.GetRequiredService<EventAdminEndpoints>().Map(app);
        app.Services.GetRequiredService<PasskeyEndpoints>().Map(app);
        app.Services.GetRequiredService<BackupCodeEndpoints>().Map(app);
        app.Services.GetRequiredService<EntityEndpoints>().Map(app);
        app.Services.GetRequiredService<FactorEndpoints>().Map(app);
        app.Services.GetRequiredService<FactorChallengeEndpoints>().Map(app);
        app.Services.GetRequiredService<AccessTokenEndpoints>().Map(app);
        app.Services.GetRequiredService<FormEndpoints>().Map(app);
        app.Services.GetRequiredService<SafeListEndpoints>().Map(app);
        app.Services.GetRequiredService<AttemptEndpoints>().Map(app);
        app.Services.GetRequiredService<LookupEndpoints>().Map(app);
        app.Services.GetRequiredService<ServiceAdminEndpoints>().Map(app);
        app.Services.GetRequiredService<GeoAdminEndpoints>().Map(app);
        app.Services.GetRequiredService<NumberListAdminEndpoints>().Map(app);
        app.Services.GetRequiredService<FraudGuardAdminEndpoints>().Map(app);
        app.Services.GetRequiredService<RiskAdminEndpoints>().Map(app);
        app.Services.GetRequiredService<KeyAdminEndpoints>().Map(app);
        app.Services.GetRequiredService<AccountAdminEndpoints>().Map(app);
        app.Services.GetRequiredService<CarrierAdminEndpoints>().Map(app);
        app.Services.GetRequiredService<RouteAdminEndpoints>().Map(app);
        app.Services.GetRequiredService<TryAdminEndpoints>().Map(app);
        app.Services.GetRequiredService<AttemptAdminEndpoints>().Map(app);
        app.Services.GetRequiredService<RollupAdminEndpoints>().Map(app);
        app.Services.GetRequiredService<RefusalAdminEndpoints>().Map(app);
        app.Services.GetRequiredService<TemplateAdminEndpoints>().Map(app);
        app.Services.GetRequiredService<MessagingServiceAdminEndpoints>().Map(app);
        app.Services.GetRequiredService<CallbackEndpoints>().Map(app);
        app.Services.GetRequiredService<ErrorEndpoints>().Map(app);
        app.Services.GetRequiredService<HealthEndpoints>().Map(app);
        OpenApiDocument.Map(app);
        new Admin.Reference.ReferencePage(app.Services.GetRequiredService<RandomSource>()).Map(app);
        Redirect(app, "/", options.Sandbox.Enabled ? "sandbox" : "console");
        Redirect(app, "/admin", "console");
        app.Services.GetService<SandboxEndpoints>()?.Map(app);
        app.Services.GetService<SandboxRuleEndpoints>()?.Map(app);
        if (options.Sandbox.Enabled)
        {
            new EmbeddedPage("sandbox", "app.css", "app.js", "feed.js", "phones.js").Map(app);
        }

        new EmbeddedPage("console", "app.css", "app.js", "api.js", "carriers.js", "day.js", "lookup.js", "parts.js", "refusals.js", "sends.js").Map(app);
    }

    /// <summary>Sends whoever asks for a path beside the root to a page. Relative, so that it works behind a proxy's prefix; not for ever, since it follows a setting.</summary>
    static void Redirect(WebApplication app, string path, string page) => app.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], context =>
    {
        context.Response.StatusCode = StatusCodes.Status302Found;
        context.Response.Headers.Location = (path.Length > 1 && context.Request.Path.Value!.EndsWith('/') ? "../" : "./") + page;
        return Task.CompletedTask;
    });

    static ForwardedHeadersOptions Forwarded(IEnumerable<string> proxies)
    {
        var forwarded = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost,
            ForwardLimit = null,
        };
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
        {
            if (IPAddress.TryParse(proxy, out var address))
            {
                forwarded.KnownProxies.Add(address);
            }
            else
            {
                forwarded.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(proxy));
            }
        }

        return forwarded;
    }
}
