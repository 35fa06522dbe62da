using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Privacy;
using Countersign.Core.Services;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Admin;

/// <summary>
/// Accounts. The server's first account is the operator's: it makes the others, suspends and closes them. Every account reads and renames itself and replaces its own Auth Token.
/// The gate lets only Auth Tokens and main keys come here.
/// </summary>
sealed class AccountAdminEndpoints(IAccountStore accounts, Authenticate authenticate, EmptyClosedAccounts empty, TimeProvider time, RandomSource random)
{
    const int MaxName = 64;

    const string Path = "/admin/v1/accounts/{account}";

    static readonly string[] Made = ["friendly_name"], Changed = ["friendly_name", "status"];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/admin/v1/accounts", AnswerMapping.Answering(CreateAsync));
        routes.MapGet("/admin/v1/accounts", AnswerMapping.Answering(ListAsync));
        routes.MapGet(Path, AnswerMapping.Answering(FetchAsync));
        routes.MapPost(Path, AnswerMapping.Answering(ChangeAsync));
        routes.MapPost(Path + "/auth-token/secondary", AnswerMapping.Answering(AddTokenAsync));
        routes.MapDelete(Path + "/auth-token/secondary", AnswerMapping.Answering(RemoveTokenAsync));
        routes.MapPost(Path + "/auth-token/promote", AnswerMapping.Answering(PromoteTokenAsync));
    }

    async ValueTask<IResult> CreateAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        if (!await IsOperatorAsync(context))
        {
            return ApiErrors.OperatorOnly();
        }

        var (body, error) = await AdminBody.ReadAsync(context.Request, Made, ct);
        if (body is null)
        {
            return error!;
        }

        var name = body.Text("friendly_name", 1, MaxName);
        if (body.Error is not null)
        {
            return body.Error;
        }

        var account = new Account { Sid = Sid.NewRandom("AC", random), FriendlyName = name ?? "", AuthToken = ApiSecret.New(random), CreatedAt = time.GetUtcNow() };
        return await accounts.SaveAccountAsync(account, ct)
            ? new AccountAnswer(StatusCodes.Status201Created, account) { AuthToken = account.AuthToken }
            : ApiErrors.TooManyRequests(null, "too_many_accounts");
    }

    /// <summary>For the operator all, for everybody else his own.</summary>
    async ValueTask<IResult> ListAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        IReadOnlyList<Account> seen = await IsOperatorAsync(context) ? await accounts.ListAccountsAsync(ct)
            : await accounts.FindAccountAsync(Caller.Of(context).AccountSid, ct) is { } own ? [own]
            : [];
        return new ListAnswer<Account>("accounts", seen, static (json, account) => WriteAccount(json, account, null, null));
    }

    async ValueTask<IResult> FetchAsync(HttpContext context) =>
        await NamedAsync(context) is { } sid && await accounts.FindAccountAsync(sid, context.RequestAborted) is { } account
            ? new AccountAnswer(StatusCodes.Status200OK, account)
            : NotFound(context);

    async ValueTask<IResult> ChangeAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        if (await NamedAsync(context) is not { } sid || await accounts.FindAccountAsync(sid, ct) is null)
        {
            return NotFound(context);
        }

        var (body, error) = await AdminBody.ReadAsync(context.Request, Changed, ct);
        if (body is null)
        {
            return error!;
        }

        var name = body.Text("friendly_name", 1, MaxName);
        var status = Status(body);

        if (body.Error is not null)
        {
            return body.Error;
        }

        if (status is not null && !await IsOperatorAsync(context))
        {
            return ApiErrors.OperatorOnly();
        }

        if (status is not null && sid == Caller.Of(context).AccountSid)
        {
            return ApiErrors.InvalidParameter("status", null, "own_account", "The server's first account is neither suspended nor closed: nobody could undo it.");
        }

        var isClosed = false;
        var changed = await ChangeAsync(
            sid,
            account =>
            {
                isClosed = account.Status == AccountStatus.Closed && (status ?? AccountStatus.Closed) != AccountStatus.Closed;
                return isClosed ? null : account with { FriendlyName = name ?? account.FriendlyName, Status = status ?? account.Status };
            },
            ct);
        if (changed is { Status: AccountStatus.Closed } && status == AccountStatus.Closed)
        {
            // It is closed, so what it has goes whether the caller waits for that or not.
            await empty.RunAsync(sid, CancellationToken.None);
        }

        return changed is null ? NotFound(context)
            : isClosed ? ApiErrors.InvalidParameter("status", null, "account_closed", "A closed account stays closed.")
            : new AccountAnswer(StatusCodes.Status200OK, changed);
    }

    static AccountStatus? Status(AdminBody body)
    {
        switch (body.Text("status", 1, 16))
        {
            case null: return null;
            case "active": return AccountStatus.Active;
            case "suspended": return AccountStatus.Suspended;
            case "closed": return AccountStatus.Closed;
            default:
                body.Invalid("status", "not_a_choice", "Must be active, suspended or closed.");
                return null;
        }
    }

    /// <summary>A second token, which lets in beside the first; one that was there is replaced. It is shown once.</summary>
    async ValueTask<IResult> AddTokenAsync(HttpContext context)
    {
        var token = ApiSecret.New(random);
        return await ReplaceAsync(context, account => account with { SecondaryToken = token }) is { } changed
            ? new AccountAnswer(StatusCodes.Status201Created, changed) { SecondaryToken = token }
            : NotFound(context);
    }

    async ValueTask<IResult> RemoveTokenAsync(HttpContext context) =>
        await ReplaceAsync(context, account => account.SecondaryToken is null ? null : account with { SecondaryToken = null }) is null ? NotFound(context) : NoContentAnswer.Instance;

    /// <summary>The second token becomes the first, and the first lets in no more.</summary>
    async ValueTask<IResult> PromoteTokenAsync(HttpContext context) =>
        await ReplaceAsync(context, account => account.SecondaryToken is { } second ? account with { AuthToken = second, SecondaryToken = null } : null) is { } changed
            ? new AccountAnswer(StatusCodes.Status200OK, changed)
            : NotFound(context);

    /// <summary>Null where there is no such account for the caller, or nothing to change.</summary>
    async Task<Account?> ReplaceAsync(HttpContext context, Func<Account, Account?> change)
    {
        if (await NamedAsync(context) is not { } sid)
        {
            return null;
        }

        var isChanged = false;
        var account = await ChangeAsync(
            sid,
            current =>
            {
                var next = change(current);
                isChanged = next is not null;
                return next;
            },
            context.RequestAborted);
        return isChanged ? account : null;
    }

    /// <summary>Changes an account, and has it asked for anew also after a failure: the store may have changed it all the same.</summary>
    async Task<Account?> ChangeAsync(Sid sid, Func<Account, Account?> change, CancellationToken ct)
    {
        try
        {
            return await accounts.ChangeAccountAsync(sid, change, ct);
        }
        finally
        {
            authenticate.Forget(sid);
        }
    }

    /// <summary>The account that the path names, if the caller may see it.</summary>
    async Task<Sid?> NamedAsync(HttpContext context) =>
        Sid.TryParse((string)context.Request.RouteValues["account"]!, "AC", out var sid) && (sid == Caller.Of(context).AccountSid || await IsOperatorAsync(context)) ? sid : null;

    async Task<bool> IsOperatorAsync(HttpContext context) => (await accounts.FirstAccountAsync(context.RequestAborted))?.Sid == Caller.Of(context).AccountSid;

    static ApiError NotFound(HttpContext context) => ApiErrors.NotFound(context.Request.Path, explanation: "There is no such account, or it has no secondary token.");

    sealed class AccountAnswer(int status, Account account) : JsonAnswer(status)
    {
        public ApiSecret? AuthToken { get; init; }

        public ApiSecret? SecondaryToken { get; init; }

        protected override void Write(Utf8JsonWriter json) => WriteAccount(json, account, AuthToken, SecondaryToken);
    }

    static void WriteAccount(Utf8JsonWriter json, Account account, ApiSecret? token, ApiSecret? secondary)
    {
        json.WriteStartObject();
        json.WriteString("sid"u8, account.Sid.ToString());
        json.WriteString("friendly_name"u8, account.FriendlyName);
        json.WriteString("status"u8, account.Status switch { AccountStatus.Active => "active", AccountStatus.Suspended => "suspended", _ => "closed" });
        json.WriteBoolean("has_secondary_token"u8, account.SecondaryToken is not null);
        if (token is not null)
        {
            json.WriteString("auth_token"u8, token.Reveal());
        }

        if (secondary is not null)
        {
            json.WriteString("secondary_auth_token"u8, secondary.Reveal());
        }

        json.WriteString("date_created"u8, VerificationJson.Date(account.CreatedAt));
        json.WriteEndObject();
    }
}
