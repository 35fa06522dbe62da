using System.Globalization;
using System.Text.RegularExpressions;
using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Messages.Senders;
using Countersign.Core.Registry;
using Countersign.Core.Routing;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;
using Route = Countersign.Core.Routing.Route;

namespace Countersign.Server.Admin;

/// <summary>The carriers of the caller's account. A secret is written, never read: an answer says only that it is set.</summary>
sealed partial class CarrierAdminEndpoints(
    IRegistry<CarrierDefinition> registry, IRegistry<Route> routing, IRegistry<MessagingService> pools, CarrierDirectory carriers, CarrierHealth health, CarrierParts parts, TimeProvider time)
{
    const int MaxSenders = 20;

    // Of the routes and pools that name a carrier, those that a refusal lists.
    const int MostUsers = 10;

    static readonly string[] Names = ["kind", "enabled", "settings", "senders", "prices", "max_in_flight"];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/admin/v1/carrier-kinds", AnswerMapping.Answering(ListKinds));
        routes.MapGet("/admin/v1/carriers", AnswerMapping.Answering(List));
        routes.MapGet("/admin/v1/carriers/{carrier}", AnswerMapping.Answering(Fetch));
        routes.MapPut("/admin/v1/carriers/{carrier}", AnswerMapping.Answering(PutAsync));
        routes.MapDelete("/admin/v1/carriers/{carrier}", AnswerMapping.Answering(DeleteAsync));
    }

    ValueTask<IResult> ListKinds(HttpContext context) => new(new CarrierKindsAnswer(carriers.Kinds));

    ValueTask<IResult> List(HttpContext context)
    {
        var account = Caller.Of(context).AccountSid;
        var open = health.Open(account).ToLookup(static breaker => breaker.Carrier);
        return new(new ListAnswer<CarrierView>("carriers", [.. registry.Of(account).Select(definition => ViewOf(definition, open[definition.Name]))], CarrierJson.Write));
    }

    ValueTask<IResult> Fetch(HttpContext context) => new(
        registry.Find(Caller.Of(context).AccountSid, NameIn(context)) is { } found ? new CarrierAnswer(StatusCodes.Status200OK, ViewOf(found)) : ApiErrors.NotFound(context.Request.Path));

    async ValueTask<IResult> PutAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        var account = Caller.Of(context).AccountSid;
        var name = NameIn(context);
        if (!NamePattern().IsMatch(name) || name == CarrierDirectory.SandboxName)
        {
            return ApiErrors.InvalidParameter("carrier", null, "invalid_name", "A carrier's name has 1 to 32 lower-case letters, digits and dashes, starts with a letter, and is not sandbox.");
        }

        var (body, error) = await AdminBody.ReadAsync(context.Request, Names, ct);
        if (body is null)
        {
            return error!;
        }

        var isNew = false;
        ApiError? refusal = null;
        var after = await registry.PutAsync(account, name, before =>
        {
            // Of two changes at once the later one is merged into the earlier, and judged with it.
            isNew = before is null;
            (var change, refusal) = Change(body.Again(), before, account, name);
            return change;
        }, ct);
        return refusal is not null ? refusal
            : after is null ? ApiErrors.TooManyRequests(null, "too_many_carriers")
            : new CarrierAnswer(isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK, ViewOf(after));
    }

    /// <summary>The carrier as the body makes it out of what is there; or why that cannot be.</summary>
    (CarrierDefinition? Changed, ApiError? Refusal) Change(AdminBody body, CarrierDefinition? before, Sid account, string name)
    {
        var kindName = body.Text("kind", 1, 64) ?? before?.Kind;
        if (body.Error is null && kindName is null)
        {
            body.Invalid("kind", "missing", $"kind is required: one of {KindNames()}.");
        }

        if (body.Error is not null)
        {
            return (null, body.Error);
        }

        if (carriers.KindOf(kindName!) is not { } kind)
        {
            return (null, ApiErrors.InvalidParameter("kind", null, "unknown_kind", $"There is no such kind of carrier. There are: {KindNames()}."));
        }

        var change = Read(body, kind, before?.Kind == kind.Name ? before : null, account, name);
        if (body.Error is not null)
        {
            return (null, body.Error);
        }

        var problems = CarrierSettings.Check(kind, change.Settings, change.Secrets);
        if (problems.Count > 0)
        {
            var first = problems[0];
            return (null, ApiErrors.InvalidParameter($"settings.{first.Setting}", null, "invalid_setting", $"{first.Setting}: {first.Explanation}.".Replace("..", ".", StringComparison.Ordinal))
                .With("problems", problems.Select(problem => $"{problem.Setting}: {problem.Explanation}").ToArray()));
        }

        // A route of before that it does not serve anyway keeps nobody from changing it.
        var lost = before is null ? [] : carriers.ChannelsOf(before).Except(carriers.ChannelsOf(change)).ToList();
        if (RoutesOf(account, name).Where(route => lost.Contains(route.Channel)).Select(static route => route.Name).Take(MostUsers).ToArray() is { Length: > 0 } users)
        {
            return (null, ApiErrors.StillInUse(
                "carrier_in_use", $"So the carrier would no longer serve {string.Join(", ", lost.Select(Wire.Channel))}, and these routes name it for that. Take it out of them, or delete them, first; or make a carrier of another name.", users));
        }

        return (change, null);
    }

    async ValueTask<IResult> DeleteAsync(HttpContext context)
    {
        var (account, name) = (Caller.Of(context).AccountSid, NameIn(context));
        var users = RoutesOf(account, name).Select(static route => route.Name)
            .Concat(pools.Of(account).Where(pool => pool.Carriers?.Contains(name) == true).Select(static pool => pool.Name)).Take(MostUsers).ToArray();
        if (users.Length > 0 && Exists(account, name))
        {
            return ApiErrors.StillInUse("carrier_in_use", "These routes and pools of senders name the carrier. Take it out of them, or delete them, first; to stop its messages at once, switch it off with enabled=false.", users);
        }

        return await registry.DeleteAsync(account, name, context.RequestAborted) ? NoContentAnswer.Instance : ApiErrors.NotFound(context.Request.Path);
    }

    IEnumerable<Route> RoutesOf(Sid account, string name) => routing.Of(account).Where(route => route.Carriers.Any(carrier => carrier.Name == name));

    // Also one that this server cannot read. A route that was stored before may name one that is gone.
    bool Exists(Sid account, string name) =>
        registry.Of(account).Any(carrier => carrier.Name == name) || registry.Unreadable.Any(entry => entry.AccountSid == account && entry.Name == name);

    /// <summary>What the body changes. Settings are merged into those that are there, so that a secret need not be sent again; null takes one away.</summary>
    CarrierDefinition Read(AdminBody body, ICarrierKind kind, CarrierDefinition? before, Sid account, string name)
    {
        var now = time.GetUtcNow();
        var settings = before?.Settings.ToDictionary() ?? [];
        var secrets = before?.Secrets.ToDictionary() ?? [];
        var changes = body.TextMap("settings", 64, 16_384) ?? new Dictionary<string, string?>();
        foreach (var (key, value) in changes)
        {
            var isSecret = kind.Settings.Any(setting => setting.Name == key && setting.IsSecret);
            var target = isSecret ? secrets : settings;
            if (value is null)
            {
                target.Remove(key);
            }
            else
            {
                target[key] = value;
            }
        }

        if (before is not null && kind.Settings.FirstOrDefault(Leads) is { } leading && before.Secrets.Keys.Where(secret => !changes.ContainsKey(secret)).ToList() is { Count: > 0 } unproven)
        {
            body.Invalid($"settings.{leading.Name}", "secrets_needed", $"It decides where secrets are sent, so give them again with it, or null to remove them: {string.Join(", ", unproven)}.");
        }

        bool Leads(CarrierSetting setting) =>
            setting.LeadsSecrets && (settings.GetValueOrDefault(setting.Name) ?? setting.Default) != (before.Settings.GetValueOrDefault(setting.Name) ?? setting.Default);

        var senders = body.Texts("senders", MaxSenders, 32);
        return new CarrierDefinition
        {
            AccountSid = account,
            Name = name,
            Kind = kind.Name,
            Enabled = body.Flag("enabled") ?? before?.Enabled ?? true,
            Settings = settings,
            Secrets = secrets,
            Senders = senders ?? before?.Senders ?? [],
            Prices = ReadPrices(body) ?? before?.Prices ?? new Dictionary<string, decimal>(),
            MaxInFlight = body.Integer("max_in_flight", 1, 1000) ?? before?.MaxInFlight ?? 100,
            CreatedAt = before?.CreatedAt ?? now,
            UpdatedAt = now,
        };
    }

    static Dictionary<string, decimal>? ReadPrices(AdminBody body)
    {
        if (body.TextMap("prices", 300, 32) is not { } map)
        {
            return null;
        }

        var prices = new Dictionary<string, decimal>();
        foreach (var (country, text) in map)
        {
            if (!CountryPattern().IsMatch(country) || !decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var price) || price > 1000)
            {
                body.Invalid($"prices.{country}", "invalid_price", "Prices are numbers from 0 to 1000 by country (two capital letters), with * for all others.");
                return null;
            }

            prices[country] = price;
        }

        return prices;
    }

    CarrierView ViewOf(CarrierDefinition definition) => ViewOf(definition, health.Open(definition.AccountSid).Where(breaker => breaker.Carrier == definition.Name));

    CarrierView ViewOf(CarrierDefinition definition, IEnumerable<OpenBreaker> open) => new(
        definition,
        carriers.Find(definition.AccountSid, definition.Name)?.Channels ?? [],
        carriers.Find(definition.AccountSid, definition.Name)?.InFlight ?? 0,
        [.. open],
        parts.CallbackAddressOf(definition.AccountSid, definition.Name));

    string KindNames() => string.Join(", ", carriers.Kinds.Select(kind => kind.Name).Order(StringComparer.Ordinal));

    static string NameIn(HttpContext context) => (string)context.Request.RouteValues["carrier"]!;

    [GeneratedRegex(@"\A[a-z][a-z0-9-]{0,31}\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"\A([A-Z]{2}|\*)\z")]
    private static partial Regex CountryPattern();
}
