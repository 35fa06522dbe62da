using System.Text.Json;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Services;
using Countersign.Server.Api;

namespace Countersign.Server.Admin;

/// <summary>A service's built-in limits.</summary>
sealed class LimitAdminEndpoints(IServiceStore services, TimeProvider time)
{
    const int Most = 1_000_000;

    /// <summary>Every setting: its name, the most that it may be (0 is always off), how it is read and how it is changed.</summary>
    static readonly (string Name, int Most, Func<LimitSettings, int> Get, Func<LimitSettings, int, LimitSettings> With)[] Settings =
    [
        ("destination_per_hour", 1_000, limits => limits.DestinationPerHour, (limits, value) => limits with { DestinationPerHour = value }),
        ("destination_per_day", 10_000, limits => limits.DestinationPerDay, (limits, value) => limits with { DestinationPerDay = value }),
        ("cooldown_seconds", 600, limits => limits.CooldownSeconds, (limits, value) => limits with { CooldownSeconds = value }),
        ("service_per_second", Most, limits => limits.ServicePerSecond, (limits, value) => limits with { ServicePerSecond = value }),
        ("service_per_minute", Most, limits => limits.ServicePerMinute, (limits, value) => limits with { ServicePerMinute = value }),
        ("ip_per_hour", Most, limits => limits.IpPerHour, (limits, value) => limits with { IpPerHour = value }),
        ("network_per_hour", Most, limits => limits.NetworkPerHour, (limits, value) => limits with { NetworkPerHour = value }),
        ("concurrent_starts", 1_000, limits => limits.ConcurrentStarts, (limits, value) => limits with { ConcurrentStarts = value }),
        ("fetches_per_minute", Most, limits => limits.FetchesPerMinute, (limits, value) => limits with { FetchesPerMinute = value }),
        ("fetches_per_hour", Most, limits => limits.FetchesPerHour, (limits, value) => limits with { FetchesPerHour = value }),
        ("fetches_per_day", Most, limits => limits.FetchesPerDay, (limits, value) => limits with { FetchesPerDay = value }),
    ];

    static readonly string[] Names = [.. Settings.Select(setting => setting.Name)];

    public void Map(IEndpointRouteBuilder routes) =>
        new ServiceSettings(services, time, Names, Read, service => new LimitsAnswer(service.Guard.Limits)).Map(routes, "/admin/v1/services/{service}/limits");

    static Func<VerifyService, VerifyService> Read(AdminBody body)
    {
        var values = Settings.Select(setting => body.Integer(setting.Name, 0, setting.Most)).ToArray();
        return before => before with { Guard = before.Guard with { Limits = Changed(before.Guard.Limits, values) } };
    }

    static LimitSettings Changed(LimitSettings limits, int?[] values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            limits = values[i] is { } value ? Settings[i].With(limits, value) : limits;
        }

        return limits;
    }

    sealed class LimitsAnswer(LimitSettings limits) : JsonAnswer(StatusCodes.Status200OK)
    {
        protected override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            foreach (var setting in Settings)
            {
                json.WriteNumber(setting.Name, setting.Get(limits));
            }

            json.WriteEndObject();
        }
    }
}
