using System.Text.RegularExpressions;
using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Numbers;
using Countersign.Core.Registry;
using Countersign.Core.Routing;
using Countersign.Core.Services;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;
using Route = Countersign.Core.Routing.Route;

namespace Countersign.Server.Admin;

/// <summary>Which carriers messages go to: routes by service, country or prefix, and channel.</summary>
sealed partial class RouteAdminEndpoints(
    IRegistry<Route> routes, IRegistry<CarrierDefinition> definitions, CarrierDirectory carriers, RoutePlanner planner, IServiceStore services, TimeProvider time)
{
    static readonly string[] Names =
        ["channel", "service_sid", "country", "prefix", "strategy", "carriers", "send_timeout_ms", "resend_elsewhere_after_seconds", "exploration"];

    static readonly string[] CarrierNames = ["name", "weight", "cost"];

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/admin/v1/routes", AnswerMapping.Answering(List));
        endpoints.MapGet("/admin/v1/routes/{route}", AnswerMapping.Answering(Fetch));
        endpoints.MapPut("/admin/v1/routes/{route}", AnswerMapping.Answering(PutAsync));
        endpoints.MapDelete("/admin/v1/routes/{route}", AnswerMapping.Answering(DeleteAsync));
        endpoints.MapGet("/admin/v1/route-plan", AnswerMapping.Answering(PlanAsync));
    }

    ValueTask<IResult> List(HttpContext context) => new(new ListAnswer<Route>("routes", routes.Of(Caller.Of(context).AccountSid), RouteJson.Write));

    ValueTask<IResult> Fetch(HttpContext context) => new(
        routes.Find(Caller.Of(context).AccountSid, NameIn(context)) is { } found ? new RouteAnswer(StatusCodes.Status200OK, found) : ApiErrors.NotFound(context.Request.Path));

    async ValueTask<IResult> PutAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        var account = Caller.Of(context).AccountSid;
        var name = NameIn(context);
        if (!NamePattern().IsMatch(name))
        {
            return ApiErrors.InvalidParameter("route", null, "invalid_name", "A route's name has 1 to 64 lower-case letters, digits and dashes, and starts with a letter.");
        }

        var (body, error) = await AdminBody.ReadAsync(context.Request, Names, ct);
        if (body is null)
        {
            return error!;
        }

        var service = body.Text("service_sid", 34, 34);
        Sid serviceSid = default;
        if (service is not null && (!Sid.TryParse(service, "VA", out serviceSid) || await services.FindAsync(serviceSid, ct) is not { } found || found.AccountSid != account))
        {
            body.Invalid("service_sid", "unknown_service", "This account has no service with that SID.");
        }

        if (body.Error is not null)
        {
            return body.Error;
        }

        var isNew = false;
        ApiError? refusal = null;
        var after = await routes.PutAsync(account, name, before =>
        {
            // Of two changes at once the later one is merged into the earlier, and judged with it.
            isNew = before is null;
            var again = body.Again();
            var route = Read(again, before, account, name, service is null ? null : serviceSid);
            refusal = again.Error;
            return refusal is null ? route : null;
        }, ct);
        return refusal is not null ? refusal
            : after is null ? ApiErrors.TooManyRequests(null, "too_many_routes")
            : new RouteAnswer(isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK, after);
    }

    async ValueTask<IResult> DeleteAsync(HttpContext context) =>
        await routes.DeleteAsync(Caller.Of(context).AccountSid, NameIn(context), context.RequestAborted)
            ? NoContentAnswer.Instance
            : ApiErrors.NotFound(context.Request.Path);

    /// <summary>Which carriers the next message to a number or mailbox would be offered to, in order, and why. Nothing is sent.</summary>
    async ValueTask<IResult> PlanAsync(HttpContext context)
    {
        var account = Caller.Of(context).AccountSid;
        var query = context.Request.Query;
        if (ChannelOf(query["channel"].ToString() is { Length: > 0 } asked ? asked : "sms") is not { } channel)
        {
            return ApiErrors.InvalidParameter("channel", null, "not_a_choice", "Must be one of sms, call, whatsapp, email.");
        }

        var (to, refused) = DestinationOf(query["to"].ToString(), channel);
        if (to is null)
        {
            return refused!;
        }

        Sid service = default;
        if (query["service_sid"].ToString() is { Length: > 0 } text
            && (!Sid.TryParse(text, "VA", out service) || await services.FindAsync(service, context.RequestAborted) is not { } found || found.AccountSid != account))
        {
            return ApiErrors.InvalidParameter("service_sid", null, "unknown_service", "This account has no service with that SID.");
        }

        var digits = to is PhoneNumber ? to.Reveal()[1..] : "";
        var route = RouteMatch.Find(routes.Of(account), service, channel, to.Country, digits);
        var serving = carriers.Serving(account, channel, to, isTest: false);
        if (serving is [{ Definition: null }])
        {
            return new RoutePlanAnswer(new RoutePlan { Choices = [new RouteChoice(CarrierDirectory.SandboxName, "the sandbox takes it: no carrier is configured, or the destination is reserved for fiction")] });
        }

        return new RoutePlanAnswer(planner.Plan(new RouteRequest
        {
            Account = account,
            Channel = channel,
            Country = to.Country,
            Digits = digits,
            Route = route?.WithPrices(serving, to.Country),
            Available = [.. serving.Select(carrier => carrier.Name)],
            IsOnlyAsked = true,
        }));
    }

    /// <summary>What a channel sends to: a mailbox for email, else a number.</summary>
    static (Destination? To, ApiError? Refused) DestinationOf(string text, Channel channel)
    {
        if (channel == Channel.Email)
        {
            return EmailAddress.TryParse(text, out var mailbox, out var wrong)
                ? (mailbox, null)
                : (null, ApiErrors.InvalidParameter("to", null, wrong.ReasonName, wrong.Explanation, wrong.Suggestion));
        }

        return PhoneNumber.TryParse(Api.Forms.Form.WithPlus(text), out var number, out var problem)
            ? (number, null)
            : (null, ApiErrors.InvalidParameter("to", null, problem.ReasonName, problem.Explanation, problem.Suggestion));
    }

    Route Read(AdminBody body, Route? before, Sid account, string name, Sid? service)
    {
        var now = time.GetUtcNow();
        var channel = ChannelOf(body.Text("channel", 1, 16) ?? (before is null ? "" : Wire.Channel(before.Channel)));
        if (channel is null)
        {
            body.Invalid("channel", "not_a_choice", "channel is required: one of sms, call, whatsapp, email.");
        }

        var country = body.Text("country", 2, 2) ?? (body.Has("country") ? null : before?.Country);
        if (country is not null && !country.All(char.IsAsciiLetterUpper))
        {
            body.Invalid("country", "not_a_country", "Must be an ISO 3166-1 country of two capital letters, such as DE.");
        }

        var prefix = body.Text("prefix", 1, 15) ?? (body.Has("prefix") ? null : before?.Prefix);
        prefix = prefix?.TrimStart('+');
        if (prefix is not null && (prefix.Length == 0 || !prefix.All(char.IsAsciiDigit)))
        {
            body.Invalid("prefix", "not_a_prefix", "Must be the first digits of numbers with their calling code, such as 4915.");
        }

        if (country is not null && prefix is not null)
        {
            body.Invalid("prefix", "country_and_prefix", "Give a country or a prefix, not both.");
        }

        // A route of before that is not so may be changed in all else.
        if (channel == Channel.Email && (country ?? prefix) is not null && (before is null || before.Channel != channel || before.Country != country || before.Prefix != prefix))
        {
            body.Invalid(
                country is null ? "prefix" : "country", "mailbox_has_no_country", "A route for email has neither country nor prefix, since mailboxes have none: it would never be used. Leave both out, or send null for what the route has.");
        }

        RouteStrategy? strategy = (body.Text("strategy", 1, 16) ?? before?.Strategy.ToString().ToLowerInvariant() ?? "ordered") switch
        {
            "ordered" => RouteStrategy.Ordered,
            "weighted" => RouteStrategy.Weighted,
            "adaptive" => RouteStrategy.Adaptive,
            _ => null,
        };
        if (strategy is null)
        {
            body.Invalid("strategy", "not_a_choice", "Must be one of ordered, weighted, adaptive.");
        }

        var chosen = ReadCarriers(body, account);
        if (channel is { } served && (chosen is not null || served != before?.Channel))
        {
            var isNewChannel = served != before?.Channel;
            CheckChannel(
                body, account, served, [.. (chosen ?? before?.Carriers ?? []).Where(carrier => isNewChannel || before?.Carriers.Any(known => known.Name == carrier.Name) != true)], chosen is null ? "channel" : "carriers");
        }

        return new Route
        {
            AccountSid = account,
            Name = name,
            ServiceSid = body.Has("service_sid") ? service : before?.ServiceSid,
            Channel = channel ?? Channel.Sms,
            Country = country,
            Prefix = prefix,
            Strategy = strategy ?? RouteStrategy.Ordered,
            Carriers = chosen ?? before?.Carriers ?? MissingCarriers(body),
            SendTimeout = body.Integer("send_timeout_ms", 1000, 30_000) is { } timeout ? TimeSpan.FromMilliseconds(timeout) : before?.SendTimeout ?? TimeSpan.FromSeconds(8),
            ResendElsewhereAfter = body.Integer("resend_elsewhere_after_seconds", 0, 600) is { } patience
                ? TimeSpan.FromSeconds(patience) : before?.ResendElsewhereAfter ?? TimeSpan.FromSeconds(20),
            Exploration = (double?)body.Number("exploration", 0, 0.2m) ?? before?.Exploration ?? 0.02,
            CreatedAt = before?.CreatedAt ?? now,
            UpdatedAt = now,
        };
    }

    static List<RouteCarrier> MissingCarriers(AdminBody body)
    {
        body.Invalid("carriers", "missing", "carriers is required: a list such as [{\"name\":\"acme\"}].");
        return [];
    }

    /// <summary>A carrier that does not serve the route's channel would never be asked, and a route of such alone closes the channel. Whether it is switched on is not asked: that may change by the hour.</summary>
    void CheckChannel(AdminBody body, Sid account, Channel channel, IReadOnlyList<RouteCarrier> chosen, string parameter)
    {
        foreach (var carrier in chosen)
        {
            if (ChannelsOf(account, carrier.Name) is { } serves && !serves.Contains(channel))
            {
                body.Invalid(
                    parameter, "channel_not_served", $"The carrier {carrier.Name} does not serve {Wire.Channel(channel)}, but {string.Join(", ", serves.Select(Wire.Channel))}. A route names carriers that serve its channel: GET /admin/v1/carriers lists what each serves.");
                return;
            }
        }
    }

    /// <summary>The channels that a carrier serves when it is on, or where it cannot be used as it is set, those of its kind; null where it is gone, or nobody knows the kind.</summary>
    IReadOnlyList<Channel>? ChannelsOf(Sid account, string name) =>
        definitions.Find(account, name) is { } definition ? carriers.Find(account, name)?.Channels ?? carriers.KindOf(definition.Kind)?.Channels : null;

    List<RouteCarrier>? ReadCarriers(AdminBody body, Sid account)
    {
        if (body.Objects("carriers", 16, CarrierNames) is not { } items)
        {
            return null;
        }

        var list = new List<RouteCarrier>();
        foreach (var item in items)
        {
            var name = item.Text("name", 1, 32);
            var weight = item.Integer("weight", 1, 1000) ?? 1;
            var cost = item.Number("cost", 0, 1000);
            if (item.Error is not null || name is null || definitions.Find(account, name) is null)
            {
                body.Invalid("carriers", "unknown_carrier", item.Error is null
                    ? "Each entry needs the name of one of this account's carriers; configure it first: PUT /admin/v1/carriers/{name}."
                    : "weight is a whole number from 1 to 1000, cost a number from 0 to 1000.");
                return null;
            }

            if (list.Exists(other => other.Name == name))
            {
                body.Invalid("carriers", "carrier_twice", "A carrier may stand in a route once.");
                return null;
            }

            list.Add(new RouteCarrier { Name = name, Weight = weight, Cost = cost });
        }

        if (list.Count == 0)
        {
            body.Invalid("carriers", "missing", "A route needs at least one carrier.");
        }

        return list;
    }

    static Channel? ChannelOf(string text) => text switch
    {
        "sms" => Channel.Sms,
        "call" => Channel.Call,
        "email" => Channel.Email,
        "whatsapp" => Channel.WhatsApp,
        _ => null,
    };

    static string NameIn(HttpContext context) => (string)context.Request.RouteValues["route"]!;

    [GeneratedRegex(@"\A[a-z][a-z0-9-]{0,63}\z")]
    private static partial Regex NamePattern();
}
