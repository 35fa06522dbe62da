using Countersign.Core;
using Countersign.Core.Delivery.Simulation;
using Countersign.Server.Hosting;
using Countersign.Server.Simulator.Smsc;
using Countersign.Server.Simulator.Twilio;

namespace Countersign.Server.Simulator;

/// <summary>Puts the stand-alone simulator together.</summary>
static class SimulatorHost
{
    /// <summary>The simulator, ready to start. Tests build the same one.</summary>
    public static WebApplication Build(SimulatorOptions options, Action<IServiceCollection>? replace = null)
    {
        var start = new StartPhase();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore().UseUrls(options.Urls);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true).AddFilter((category, level) => level >= LogLevel.Warning && !start.Hides(category, level));
        builder.Services.AddSingleton(start);
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(RandomSource.System);
        replace?.Invoke(builder.Services);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(provider => new SimulatedNetwork(
            new MagicNumbers(options.Magic, TwilioCodes.TestNumbers), ReceiptMode.All, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<RandomSource>()));
        builder.Services.AddSingleton<MessageLog>();
        builder.Services.AddSingleton<StatusCallbacks>();
        builder.Services.AddSingleton<TwilioApi>();
        builder.Services.AddSingleton<SimulatorEndpoints>();
        if (options.Smpp is not null)
        {
            builder.Services.AddSingleton<SmscServer>();
            builder.Services.AddHostedService(provider => provider.GetRequiredService<SmscServer>());
        }

        var app = builder.Build();
        app.Services.GetRequiredService<SimulatedNetwork>().SetRules(options.Account, options.Rules);
        app.UseMiddleware<SimulatorGate>();
        app.UseRouting();
        app.Services.GetRequiredService<TwilioApi>().Map(app);
        app.Services.GetRequiredService<SimulatorEndpoints>().Map(app);
        return app;
    }
}
